import { ChatAnthropic } from '@langchain/anthropic'
import {
  AIMessageChunk,
  HumanMessage,
  ToolMessage,
  type BaseMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { createTally, toolParameters, type Driver, type Tally, type Task } from './driver.ts'

const effort = { effort: 'medium', summary: 'auto' } as const

/** LangChain with each of its models that can be given an address. */
export const langchain: readonly Driver[] = [
  driver('@langchain/openai, chat', (task) => openai(task, false)),
  driver('@langchain/openai, responses', (task) => openai(task, true)),
  driver(
    '@langchain/anthropic',
    (task) =>
      new ChatAnthropic({
        model: task.model,
        apiKey: task.key ?? 'none',
        anthropicApiUrl: task.url,
        maxRetries: 0,
        maxTokens: 8192,
        ...(task.thinks && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
      }),
  ),
]

function openai(task: Task, useResponsesApi: boolean): BaseChatModel {
  return new ChatOpenAI({
    model: task.model,
    apiKey: task.key ?? 'none',
    configuration: { baseURL: `${task.url}/v1` },
    maxRetries: 0,
    useResponsesApi,
    ...(task.thinks && { reasoning: useResponsesApi ? effort : { effort: effort.effort } }),
  })
}

function driver(name: string, model: (task: Task) => BaseChatModel): Driver {
  return {
    name,
    // It passes on the errors of the SDKs that it brings along.
    errors: { 400: Error, 401: Error, 404: Error, 413: Error, 429: Error },
    isAbort: (error) => error instanceof Error && /abort/i.test(`${error.name} ${error.message}`),
    async run(task) {
      const tally = createTally()
      if (task.schema) {
        const asked = model(task).withStructuredOutput({ ...task.schema, title: 'answer' }, { method: 'jsonSchema' })
        return { ...tally, text: JSON.stringify(await asked.invoke(task.question)) }
      }
      const tools = Object.entries(task.tools ?? {}).map(([tool_, answer]) =>
        tool(() => answer, { name: tool_, description: tool_, schema: { ...toolParameters } }),
      )
      const bare = model(task)
      const bound = tools.length === 0 || !bare.bindTools ? bare : bare.bindTools(tools)
      const messages: BaseMessage[] = [new HumanMessage({ content: content(task) })]
      for (let round = 0; round < 5; round++) {
        const options = task.signal ? { signal: task.signal } : {}
        const reply = task.stream
          ? await join(await bound.stream(messages, options), tally)
          : await bound.invoke(messages, options)
        count(reply, tally)
        messages.push(reply)
        const calls = reply.tool_calls ?? []
        if (calls.length === 0) break
        for (const { name: called, args, id } of calls) {
          tally.calls.push({ name: called, input: args })
          messages.push(new ToolMessage({ tool_call_id: id ?? '', content: task.tools?.[called] ?? '' }))
        }
      }
      return tally
    },
  }
}

async function join(stream: AsyncIterable<AIMessageChunk>, tally: Tally): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined
  for await (const chunk of stream) {
    if (chunk.text !== '') tally.pieces.push(chunk.text)
    whole = whole?.concat(chunk) ?? chunk
  }
  return whole ?? new AIMessageChunk('')
}

/** As much of a message as is counted. */
interface Said {
  readonly text: string
  readonly contentBlocks: readonly object[]
  readonly usage_metadata?: UsageMetadata | undefined
}

function count({ text, contentBlocks, usage_metadata: usage }: Said, tally: Tally): void {
  tally.text = text
  for (const block of contentBlocks)
    if ('reasoning' in block && typeof block.reasoning === 'string') tally.reasoning += block.reasoning
  tally.usage.input += usage?.input_tokens ?? 0
  tally.usage.output += usage?.output_tokens ?? 0
}

function content({ question, image }: Task) {
  const text = { type: 'text' as const, text: question }
  return image ? [text, { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${image}` } }] : question
}
