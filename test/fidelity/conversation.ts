import type { Name } from './said.ts'

export const protocols = ['chat', 'responses', 'messages'] as const

const paths: Record<Name, string> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
}

/** Sends a body, as an object or as its bytes, to the gateway's surface of one protocol. */
export function post(
  url: string,
  client: Name,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url + paths[client], {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const parameters = { type: 'object', properties: { city: { type: 'string' } } }
const ask = 'What is the weather in Paris?'

/** A plain question with one tool, for a model that speaks `server` only. */
export function question(client: Name, server: Name, stream: boolean): object {
  const model = `only-${server}`
  if (client === 'chat')
    return {
      model,
      stream,
      messages: [{ role: 'user', content: ask }],
      tools: [{ type: 'function', function: { name: 'weather', parameters } }],
      ...(stream ? { stream_options: { include_usage: true } } : {}),
    }
  if (client === 'responses')
    return { model, stream, input: ask, tools: [{ type: 'function', name: 'weather', parameters, strict: false }] }
  return {
    model,
    stream,
    max_tokens: 4096,
    messages: [{ role: 'user', content: ask }],
    tools: [{ name: 'weather', input_schema: parameters }],
  }
}
