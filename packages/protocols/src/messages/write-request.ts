import { isObject, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Format, Prompt } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { restore, writeCache } from './extras.ts'
import { chooseMarks } from './marks.ts'
import { chooseReasoning } from './reasoning-request.ts'
import { createStrictness, type Strictness } from './strictness.ts'
import { reportHomeless, writeSampling, writeTier } from './write-parameters.ts'
import { asContent, withoutMark } from './write-content.ts'
import type { WriteContext } from './write-context.ts'
import { writeToolChoice } from './tool-choice.ts'
import { writeTools } from './write-tools.ts'
import { endsBare, writeTurns } from './write-turns.ts'

/**
 * What the API demands and neither the client nor the model's facts state: what Claude Code asks of any model that it does not
 * know, so that servers which speak Messages are used to it. Less would cut the answers of agents short.
 */
const fallbackMaxTokens = 32_000

/** A request for the Messages API. What it cannot say is reported. */
export function writeRequest(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject {
  const strictness = createStrictness(prompt, traits, lose)
  const format = prompt.format && writeFormat(prompt.format, traits, strictness, lose)
  const context: WriteContext = { traits, lose, marks: chooseMarks(prompt, traits, lose), strictness }
  const { system, messages } = writeTurns(prompt.turns, context)
  const tools = writeTools(prompt.tools, context)
  const maxTokens = chooseMaxTokens(prompt, traits, lose)
  const toolChoice = writeToolChoice(prompt, tools, lose)
  const forced = toolChoice?.['type'] === 'any' || toolChoice?.['type'] === 'tool'
  const { thinking, effort } = chooseReasoning(prompt, traits, { maxTokens, forced, bare: endsBare(messages) }, lose)
  const isThinking = thinking !== undefined && thinking['type'] !== 'disabled'
  const body: MutableJson = { model: prompt.model, max_tokens: maxTokens }
  const onTop = asContent(format?.instruction ? [...system, format.instruction] : system)
  if (onTop !== undefined) body['system'] = onTop
  body['messages'] = messages
  if (tools.length > 0) body['tools'] = tools
  if (toolChoice) body['tool_choice'] = toolChoice
  if (thinking) body['thinking'] = thinking
  writeOutput(body, prompt, effort, format?.schema)
  Object.assign(body, writeSampling(prompt.sampling, isThinking, lose))
  const user = prompt.user ?? prompt.safetyId
  if (user !== undefined) body['metadata'] = { user_id: user }
  const tier = writeTier(prompt.serviceTier)
  if (tier !== undefined) body['service_tier'] = tier
  if (prompt.cache && traits.cacheMarks !== 'none') body['cache_control'] = writeCache(prompt.cache)
  if (prompt.stream) body['stream'] = true
  reportHomeless(prompt, traits, lose)
  const written = restore(body, prompt.extras)
  return traits.cacheMarks === 'none' && isObject(written['cache_control']) ? withoutMark(written) : written
}

function chooseMaxTokens(prompt: Prompt, traits: Traits, lose: ReportLoss): number {
  const wanted = prompt.maxTokens ?? traits.maxOutput ?? fallbackMaxTokens
  if (traits.maxOutput === undefined || wanted <= traits.maxOutput) return wanted
  lose({ path: 'maxTokens', why: `the model's maximum is ${traits.maxOutput}` })
  return traits.maxOutput
}

interface WrittenFormat {
  readonly schema?: JsonObject
  /** A block of system text, for a model that takes no schema. */
  readonly instruction?: JsonObject
}

function writeFormat(format: Format, traits: Traits, strictness: Strictness, lose: ReportLoss): WrittenFormat {
  if (format.kind === 'text') return {}
  if (format.kind === 'json') {
    lose({ path: 'format', why: 'Messages has no JSON mode without a schema; an instruction asks for it' })
    return instruct('Answer with one JSON value and nothing else: no prose, no code fence.')
  }
  const schema = traits.jsonSchema ? strictness.ofFormat(format.schema) : undefined
  if (schema) {
    if (format.description !== undefined)
      lose({ path: 'format.description', why: 'Messages has no description of a format' })
    return { schema: { type: 'json_schema', schema } }
  }
  if (!traits.jsonSchema)
    lose({ path: 'format', why: 'the model takes no schema for its output; an instruction asks for it' })
  const name = format.name === undefined ? '' : ` "${format.name}"`
  const about = format.description === undefined ? '' : ` (${format.description})`
  return instruct(
    'Answer with one JSON value and nothing else: no prose, no code fence. ' +
      `It must follow this JSON Schema${name}${about}:\n${JSON.stringify(format.schema)}`,
  )
}

function instruct(text: string): WrittenFormat {
  return { instruction: { type: 'text', text } }
}

/** `output_config`, or the older `output_format` for a client that used it. */
function writeOutput(
  body: MutableJson,
  prompt: Prompt,
  effort: string | undefined,
  schema: JsonObject | undefined,
): void {
  const older = prompt.extras?.messages?.['output_format']
  const isOlder = isObject(older) && older['type'] === undefined
  if (schema && isOlder) body['output_format'] = schema
  const config: MutableJson = {}
  if (effort !== undefined) config['effort'] = effort
  if (schema && !isOlder) config['format'] = schema
  if (Object.keys(config).length > 0) body['output_config'] = config
}
