import Anthropic from '@anthropic-ai/sdk'
import { createTally, toolParameters, type Driver, type Tally, type Task } from './driver.ts'

/** The official `@anthropic-ai/sdk` on messages. */
export const anthropic: Driver = {
  name: '@anthropic-ai/sdk',
  errors: {
    400: Anthropic.BadRequestError,
    401: Anthropic.AuthenticationError,
    404: Anthropic.NotFoundError,
    413: Anthropic.APIError,
    429: Anthropic.RateLimitError,
  },
  isAbort: (error) => error instanceof Anthropic.APIUserAbortError,
  async run(task) {
    const client = new Anthropic({ apiKey: task.key ?? 'none', baseURL: task.url, maxRetries: 0 })
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: content(task) }]
    const tally = createTally()
    for (let round = 0; round < 5; round++) {
      const reply = await turn(client, task, messages, tally)
      tally.usage.input += reply.usage.input_tokens
      tally.usage.output += reply.usage.output_tokens
      tally.text = ''
      messages.push({ role: 'assistant', content: reply.content })
      const results: Anthropic.ToolResultBlockParam[] = []
      for (const block of reply.content) {
        if (block.type === 'text') tally.text += block.text
        if (block.type === 'thinking') tally.reasoning += block.thinking
        if (block.type !== 'tool_use') continue
        tally.calls.push({ name: block.name, input: block.input })
        results.push({ type: 'tool_result', tool_use_id: block.id, content: task.tools?.[block.name] ?? '' })
      }
      if (results.length === 0) break
      messages.push({ role: 'user', content: results })
    }
    return tally
  },
}

async function turn(
  client: Anthropic,
  task: Task,
  messages: Anthropic.MessageParam[],
  tally: Tally,
): Promise<Anthropic.Message> {
  const body: Anthropic.MessageCreateParamsNonStreaming = {
    model: task.model,
    max_tokens: 8192,
    messages,
    ...(task.tools && {
      tools: Object.keys(task.tools).map((name) => ({ name, input_schema: { ...toolParameters } })),
    }),
    ...(task.schema && { output_config: { format: { type: 'json_schema', schema: { ...task.schema } } } }),
    ...(task.thinks && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
  }
  const options = task.signal ? { signal: task.signal } : {}
  if (!task.stream) return client.messages.create(body, options)
  const stream = client.messages.stream(body, options)
  stream.on('text', (piece) => tally.pieces.push(piece))
  return stream.finalMessage()
}

function content({ question, image }: Task): string | Anthropic.ContentBlockParam[] {
  if (!image) return question
  return [
    { type: 'text', text: question },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
  ]
}
