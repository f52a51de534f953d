import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
  type LanguageModel,
  type ToolSet,
} from 'ai'
import { toolParameters, type Driver, type Outcome, type Task } from './driver.ts'

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>

const bearer = (task: Task): string => task.key ?? 'none'

/** Its default: it takes answers for stored, and refers to their items in place of sending them. */
export const vercelWithStore: Driver = driver(
  '@ai-sdk/openai, responses, stored',
  (task) => createOpenAI({ apiKey: bearer(task), baseURL: `${task.url}/v1` }).responses(task.model),
  { openai: { forceReasoning: true, reasoningEffort: 'medium', reasoningSummary: 'auto' } },
)

/** Vercel's `ai` with each of its providers that can be given an address. */
export const vercel: readonly Driver[] = [
  driver(
    '@ai-sdk/openai, responses',
    (task) => createOpenAI({ apiKey: bearer(task), baseURL: `${task.url}/v1` }).responses(task.model),
    {
      openai: {
        // The package knows the names of OpenAI's models only; of others it takes its user's word.
        forceReasoning: true,
        reasoningEffort: 'medium',
        reasoningSummary: 'auto',
        store: false,
        include: ['reasoning.encrypted_content'],
      },
    },
    { openai: { store: false } },
  ),
  driver(
    '@ai-sdk/openai, chat',
    (task) => createOpenAI({ apiKey: bearer(task), baseURL: `${task.url}/v1` }).chat(task.model),
    { openai: { forceReasoning: true, reasoningEffort: 'medium' } },
  ),
  driver(
    '@ai-sdk/anthropic',
    (task) => createAnthropic({ apiKey: bearer(task), baseURL: `${task.url}/v1` })(task.model),
    { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
  ),
  driver(
    '@ai-sdk/openai-compatible',
    (task) =>
      createOpenAICompatible({
        name: 'crossfeed',
        apiKey: bearer(task),
        baseURL: `${task.url}/v1`,
        includeUsage: true,
        supportsStructuredOutputs: true,
      })(task.model),
    { crossfeed: { reasoningEffort: 'medium' } },
  ),
]

function driver(
  name: string,
  model: (task: Task) => LanguageModel,
  thinking: ProviderOptions,
  always: ProviderOptions = {},
): Driver {
  return {
    name,
    errors: { 400: APICallError, 401: APICallError, 404: APICallError, 413: APICallError, 429: APICallError },
    isAbort: (error) => error instanceof Error && error.name === 'AbortError',
    run: (task) => (task.stream ? runStream : runWhole)(options(task, model(task), task.thinks ? thinking : always)),
  }
}

type Options = ReturnType<typeof options>

function options(task: Task, model: LanguageModel, providerOptions: ProviderOptions) {
  const calls: { name: string; input: unknown }[] = []
  const tools: ToolSet = Object.fromEntries(
    Object.entries(task.tools ?? {}).map(([name, answer]) => [
      name,
      tool({
        inputSchema: jsonSchema<unknown>({ ...toolParameters, properties: { path: { type: 'string' } } }),
        execute: (input) => {
          calls.push({ name, input })
          return answer
        },
      }),
    ]),
  )
  return {
    calls,
    request: {
      model,
      maxRetries: 0,
      stopWhen: stepCountIs(5),
      providerOptions,
      messages: [
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: task.question },
            ...(task.image ? [{ type: 'image' as const, image: task.image, mediaType: 'image/png' }] : []),
          ],
        },
      ],
      ...(task.tools && { tools }),
      ...(task.schema && { output: Output.object({ schema: jsonSchema<unknown>({ ...task.schema }) }) }),
      ...(task.signal && { abortSignal: task.signal }),
    },
  }
}

interface Finished {
  readonly text: string
  readonly steps: readonly { readonly reasoningText: string | undefined }[]
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined }
}

async function runWhole({ request, calls }: Options): Promise<Outcome> {
  return outcome(await generateText(request), calls, [])
}

async function runStream({ request, calls }: Options): Promise<Outcome> {
  const failures: unknown[] = []
  const result = streamText({ ...request, onError: ({ error }) => void failures.push(error) })
  const pieces: string[] = []
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') pieces.push(part.text)
    if (part.type === 'error') throw part.error
    if (part.type === 'abort') throw new DOMException('given up', 'AbortError')
  }
  if (failures.length > 0) throw failures[0]
  const [text, steps, usage] = await Promise.all([result.text, result.steps, result.totalUsage])
  return outcome({ text, steps, usage }, calls, pieces)
}

function outcome({ text, steps, usage }: Finished, calls: Options['calls'], pieces: readonly string[]): Outcome {
  return {
    text,
    reasoning: steps.map(({ reasoningText }) => reasoningText ?? '').join(''),
    calls,
    usage: { input: usage.inputTokens ?? 0, output: usage.outputTokens ?? 0 },
    pieces,
  }
}
