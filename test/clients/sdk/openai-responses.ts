import OpenAI from 'openai'
import { openaiErrors, isOpenaiAbort } from './openai-errors.ts'
import { createTally, toolParameters, type Driver, type Tally, type Task } from './driver.ts'

type Input = OpenAI.Responses.ResponseInput

/** A response that the SDK gave back with status `failed`: it throws nothing for one that fails inside a stream. */
export class FailedResponse extends Error {
  readonly code: string | undefined

  constructor(code: string | undefined, message: string | undefined) {
    super(message)
    this.code = code
  }
}

/** The official `openai` package on responses, without a store: the whole conversation goes back each time. */
export const openaiResponses: Driver = {
  name: 'openai, responses',
  errors: openaiErrors,
  isAbort: isOpenaiAbort,
  async run(task) {
    const client = new OpenAI({ apiKey: task.key ?? 'none', baseURL: `${task.url}/v1`, maxRetries: 0 })
    const input: Input = [{ role: 'user', content: content(task) }]
    const tally = createTally()
    for (let round = 0; round < 5; round++) {
      const reply = await turn(client, task, input, tally)
      if (reply.status === 'failed') throw new FailedResponse(reply.error?.code, reply.error?.message)
      tally.usage.input += reply.usage?.input_tokens ?? 0
      tally.usage.output += reply.usage?.output_tokens ?? 0
      tally.text = reply.output_text
      let waiting = 0
      for (const item of reply.output) {
        // What the model put out is what the next call takes in; the SDK's types say so only for some of the kinds.
        input.push(item as OpenAI.Responses.ResponseInputItem)
        if (item.type === 'reasoning') tally.reasoning += item.summary.map(({ text }) => text).join('')
        if (item.type !== 'function_call') continue
        waiting += 1
        tally.calls.push({ name: item.name, input: JSON.parse(item.arguments) })
      }
      for (const item of reply.output)
        if (item.type === 'function_call')
          input.push({ type: 'function_call_output', call_id: item.call_id, output: task.tools?.[item.name] ?? '' })
      if (waiting === 0) break
    }
    return tally
  },
}

async function turn(client: OpenAI, task: Task, input: Input, tally: Tally): Promise<OpenAI.Responses.Response> {
  const body: OpenAI.Responses.ResponseCreateParamsNonStreaming = {
    model: task.model,
    input,
    store: false,
    include: ['reasoning.encrypted_content'],
    ...(task.tools && {
      tools: Object.keys(task.tools).map((name) => ({
        type: 'function' as const,
        name,
        parameters: { ...toolParameters },
        strict: false,
      })),
    }),
    ...(task.schema && {
      text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: { ...task.schema } } },
    }),
    ...(task.thinks && { reasoning: { effort: 'medium', summary: 'auto' } }),
  }
  const options = task.signal ? { signal: task.signal } : {}
  if (!task.stream) return client.responses.create(body, options)
  const stream = client.responses.stream({ ...body, stream: true }, options)
  stream.on('response.output_text.delta', ({ delta }) => tally.pieces.push(delta))
  const reply = await stream.finalResponse()
  return { ...reply, output: reply.output.map(withoutParsed) }
}

/** The helper adds what it parsed to what it got; that is not for the service. */
function withoutParsed(item: OpenAI.Responses.ResponseOutputItem): OpenAI.Responses.ResponseOutputItem {
  if (item.type === 'function_call' && 'parsed_arguments' in item) {
    const { parsed_arguments: _, ...rest } = item
    return rest
  }
  if (item.type !== 'message') return item
  const parts = item.content.map((part) => {
    if (!('parsed' in part)) return part
    const { parsed: _, ...rest } = part
    return rest
  })
  return { ...item, content: parts }
}

function content({ question, image }: Task): string | OpenAI.Responses.ResponseInputContent[] {
  if (!image) return question
  return [
    { type: 'input_text', text: question },
    { type: 'input_image', image_url: `data:image/png;base64,${image}`, detail: 'auto' },
  ]
}
