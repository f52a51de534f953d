import { rawOutcome, takeStep } from '../standin/compose.ts'
import type { ModelEntry } from '../model.ts'
import { writeEmbedding } from '../standin/embed.ts'
import { numberOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import { countTokens } from '../tokens.ts'
import { findShapeError } from '../validate-shape.ts'
import { invalid } from './refuse.ts'

/** The most tokens of one input. */
const longest = 8192

/** Answers an embeddings call of a known model: texts or token arrays, one or many; floats or base64. */
export async function answerEmbeddings(
  call: Call,
  body: JsonObject,
  model: ModelEntry,
  state: EmulatorState,
): Promise<Outcome> {
  const wrong = await findShapeError('openai.embeddings.request', body)
  if (wrong !== undefined) throw invalid(`'$.input' is invalid. ${wrong}`, undefined, 'input')
  const inputs = readInputs(body['input'])
  const long = inputs.find(({ tokens }) => tokens > longest)
  if (long !== undefined) {
    throw invalid(
      `This model's maximum context length is ${longest} tokens, however you requested ${long.tokens} tokens (${long.tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
    )
  }
  const most = numberOf(model.wire['dimensions']) ?? 1536
  const dimensions = numberOf(body['dimensions'])
  if (dimensions !== undefined && model.id.includes('ada-002'))
    throw invalid('This model does not support specifying dimensions.')
  if (dimensions !== undefined && dimensions > most) {
    throw invalid(
      `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${most}.`,
      undefined,
      'dimensions',
    )
  }
  const step = takeStep(call, call.path, model.id, state)
  const raw = step === undefined ? undefined : rawOutcome(step)
  if (raw !== undefined) return raw
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  return jsonOutcome({
    object: 'list',
    data: inputs.map(({ text }, index) => writeEmbedding(text, index, dimensions ?? most, body['encoding_format'])),
    model: model.version,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

interface Input {
  readonly text: string
  readonly tokens: number
}

function readInputs(input: unknown): readonly Input[] {
  if (!Array.isArray(input)) return [readInput(input)]
  // A flat list of numbers is one input in tokens.
  return typeof input[0] === 'number' ? [readInput(input)] : input.map(readInput)
}

function readInput(input: unknown): Input {
  if (Array.isArray(input)) return { text: input.join(' '), tokens: input.length }
  if (typeof input !== 'string' || input === '') throw invalid("'$.input' is invalid.", undefined, 'input')
  return { text: input, tokens: countTokens(input) }
}
