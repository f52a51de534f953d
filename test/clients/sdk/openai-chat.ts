import OpenAI from 'openai'
import { openaiErrors, isOpenaiAbort } from './openai-errors.ts'
import { createTally, toolParameters, type Driver, type Tally, type Task } from './driver.ts'

type Message = OpenAI.ChatCompletionMessage
type Param = OpenAI.ChatCompletionMessageParam

/** The official `openai` package on chat completions. */
export const openaiChat: Driver = {
  name: 'openai, chat',
  errors: openaiErrors,
  isAbort: isOpenaiAbort,
  async run(task) {
    const client = new OpenAI({ apiKey: task.key ?? 'none', baseURL: `${task.url}/v1`, maxRetries: 0 })
    const messages: Param[] = [{ role: 'user', content: content(task) }]
    const tally = createTally()
    for (let round = 0; round < 5; round++) {
      const message = await turn(client, task, messages, tally)
      tally.text = message.content ?? ''
      tally.reasoning += reasoningOf(message)
      messages.push(message)
      const calls = message.tool_calls ?? []
      if (calls.length === 0) break
      for (const call of calls) {
        if (call.type !== 'function') throw new Error(`a call of type ${call.type}`)
        tally.calls.push({ name: call.function.name, input: JSON.parse(call.function.arguments) })
        messages.push({ role: 'tool', tool_call_id: call.id, content: task.tools?.[call.function.name] ?? '' })
      }
    }
    return tally
  },
}

async function turn(client: OpenAI, task: Task, messages: Param[], tally: Tally): Promise<Message> {
  const body: OpenAI.ChatCompletionCreateParamsNonStreaming = {
    model: task.model,
    messages,
    ...(task.tools && {
      tools: Object.keys(task.tools).map((name) => ({
        type: 'function' as const,
        function: { name, parameters: { ...toolParameters } },
      })),
    }),
    ...(task.schema && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', strict: true, schema: { ...task.schema } },
      },
    }),
    ...(task.thinks && { reasoning_effort: 'medium' }),
  }
  const options = task.signal ? { signal: task.signal } : {}
  if (!task.stream) {
    const reply = await client.chat.completions.create(body, options)
    count(reply.usage, tally)
    return only(reply.choices).message
  }
  const stream = client.chat.completions.stream(
    { ...body, stream: true, stream_options: { include_usage: true } },
    options,
  )
  const extra: Record<string, string> = {}
  stream.on('content', (piece) => tally.pieces.push(piece))
  stream.on('chunk', (chunk) => {
    // Members that the SDK has no types for: it keeps the last piece only, a client that wants them joins them.
    for (const choice of chunk.choices)
      for (const [name, value] of Object.entries(choice.delta))
        if (name.startsWith('reasoning') && typeof value === 'string') extra[name] = (extra[name] ?? '') + value
  })
  const reply = await stream.finalChatCompletion()
  count(reply.usage, tally)
  const { parsed: _, ...message } = only(reply.choices).message
  return { ...message, ...extra, ...(message.tool_calls && { tool_calls: message.tool_calls.map(bareCall) }) }
}

function bareCall(call: OpenAI.ChatCompletionMessageToolCall): OpenAI.ChatCompletionMessageToolCall {
  if (call.type !== 'function') return call
  return { id: call.id, type: 'function', function: { name: call.function.name, arguments: call.function.arguments } }
}

function content({ question, image }: Task): string | OpenAI.ChatCompletionContentPart[] {
  if (!image) return question
  return [
    { type: 'text', text: question },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
  ]
}

function reasoningOf(message: Message): string {
  return 'reasoning_content' in message && typeof message.reasoning_content === 'string'
    ? message.reasoning_content
    : ''
}

function count(usage: OpenAI.CompletionUsage | undefined, tally: Tally): void {
  tally.usage.input += usage?.prompt_tokens ?? 0
  tally.usage.output += usage?.completion_tokens ?? 0
}

function only<T>(items: readonly T[]): T {
  const [item, ...others] = items
  if (item === undefined || others.length > 0) throw new Error(`${items.length} choices instead of one`)
  return item
}
