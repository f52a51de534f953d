import {
  Agent,
  OpenAIProvider,
  Runner,
  tool,
  type AgentInputItem,
  type JsonSchemaDefinition,
  type ModelSettings,
} from '@openai/agents'
import { createTally, toolParameters, type Driver, type Tally, type Task } from './driver.ts'

/** OpenAI's agents SDK on each of its two APIs; it runs the tools itself. */
export const openaiAgents: readonly Driver[] = [
  driver('@openai/agents, responses', true),
  driver('@openai/agents, chat', false),
]

function driver(name: string, useResponses: boolean): Driver {
  return {
    name,
    // It passes on the errors of the SDK that it brings along.
    errors: { 400: Error, 401: Error, 404: Error, 413: Error, 429: Error },
    isAbort: (error) => error instanceof Error && /abort/i.test(`${error.name} ${error.message}`),
    async run(task) {
      const tally = createTally()
      const provider = new OpenAIProvider({ apiKey: task.key ?? 'none', baseURL: `${task.url}/v1`, useResponses })
      const runner = new Runner({ modelProvider: provider, tracingDisabled: true })
      const agent = new Agent({
        name: 'tester',
        model: task.model,
        modelSettings: settings(task, useResponses),
        tools: Object.entries(task.tools ?? {}).map(([called, answer]) =>
          tool({
            name: called,
            description: called,
            strict: false,
            parameters: { ...toolParameters, required: [], additionalProperties: true },
            execute(input) {
              tally.calls.push({ name: called, input })
              return answer
            },
          }),
        ),
        ...(task.schema && {
          // A task's schema is that of an object, with every member required.
          outputType: {
            type: 'json_schema',
            name: 'answer',
            strict: true,
            schema: task.schema,
          } as JsonSchemaDefinition,
        }),
      })
      const options = task.signal ? { signal: task.signal } : {}
      const result = task.stream
        ? await streamed(await runner.run(agent, input(task), { ...options, stream: true }), tally)
        : await runner.run(agent, input(task), options)
      const { finalOutput } = result
      tally.text = typeof finalOutput === 'string' ? finalOutput : JSON.stringify(finalOutput)
      for (const item of result.newItems)
        if (item.type === 'reasoning_item') tally.reasoning += item.rawItem.content.map(({ text }) => text).join('')
      const { usage } = result.runContext
      tally.usage.input = usage.inputTokens
      tally.usage.output = usage.outputTokens
      return tally
    },
  }
}

/** Waits for its end, gathering pieces. */
async function streamed<T extends { toTextStream(): AsyncIterable<string>; completed: Promise<void> }>(
  result: T,
  tally: Tally,
): Promise<T> {
  for await (const piece of result.toTextStream()) tally.pieces.push(piece)
  await result.completed
  return result
}

function settings(task: Task, useResponses: boolean): ModelSettings {
  return {
    parallelToolCalls: true,
    ...(task.thinks && { reasoning: { effort: 'medium', summary: 'auto' } }),
    ...(useResponses && { store: false, providerData: { include: ['reasoning.encrypted_content'] } }),
  }
}

function input({ question, image }: Task): string | AgentInputItem[] {
  if (!image) return question
  return [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: question },
        { type: 'input_image', image: `data:image/png;base64,${image}` },
      ],
    },
  ]
}
