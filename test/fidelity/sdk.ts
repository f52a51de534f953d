import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { readAnswer, type Name, type Said } from './said.ts'

/** What the official client library makes of an event stream by its accumulating helper. It throws where it objects. */
export async function readBySdk(protocol: Name, stream: string): Promise<Said> {
  const fetch = async (): Promise<Response> =>
    new Response(stream, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
  const options = { apiKey: 'none', baseURL: 'http://127.0.0.1', maxRetries: 0, fetch }
  if (protocol === 'messages') {
    const helper = new Anthropic(options).messages.stream({
      model: 'any',
      max_tokens: 16,
      messages: [{ role: 'user', content: 'any' }],
    })
    return readAnswer(protocol, await helper.finalMessage())
  }
  const openai = new OpenAI(options)
  if (protocol === 'responses')
    return readAnswer(protocol, await openai.responses.stream({ model: 'any', input: 'any' }).finalResponse())
  const helper = openai.chat.completions.stream({ model: 'any', messages: [{ role: 'user', content: 'any' }] })
  return readAnswer(protocol, await helper.finalChatCompletion())
}
