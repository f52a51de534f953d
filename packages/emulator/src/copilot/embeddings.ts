import { rawOutcome, takeStep } from '../standin/compose.ts'
import { authorizeCopilot } from '../github/credentials.ts'
import { isObject, numberOf, stringOf, stringsOf } from '../json.ts'
import { badRequest, Refusal } from '../refusal.ts'
import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import { countTokens } from '../tokens.ts'
import { writeEmbedding } from '../standin/embed.ts'
import { findShapeError } from '../validate-shape.ts'
import { findModel } from './models.ts'
import { quotaHeaders } from './quota.ts'
import { refuseByQuirk } from './unavailable.ts'

/** `POST /embeddings`: unit vectors that depend on the text only (Q41 on the form of the input). */
export async function answerEmbeddings(call: Call, state: EmulatorState): Promise<Outcome> {
  authorizeCopilot(call, state, true)
  refuseByQuirk(state)
  const { body } = call
  if (!isObject(body)) throw new Refusal(400, 'bad request', { plain: 'Bad Request\n' })
  const model = findModel(stringOf(body['model']), '/embeddings', state)
  const wrong = await findShapeError('openai.embeddings.request', body)
  if (wrong !== undefined) throw badRequest(wrong)
  const texts = readInput(body['input'], state)
  if (texts.length > model.maxInputs)
    throw badRequest(`input has ${texts.length} entries, the maximum is ${model.maxInputs}`)
  if (texts.some((text) => countTokens(text) > 8192)) throw badRequest('an input is longer than 8192 tokens')
  const dimensions = numberOf(body['dimensions'])
  const supports =
    isObject(model.wire['capabilities']) && isObject(model.wire['capabilities']['supports'])
      ? model.wire['capabilities']['supports']
      : {}
  if (dimensions !== undefined && supports['dimensions'] !== true)
    throw badRequest('This model does not support specifying dimensions.')
  const step = takeStep(call, '/embeddings', model.id, state)
  const raw = step === undefined ? undefined : rawOutcome(step)
  if (raw !== undefined) return raw
  const data = texts.map((text, index) => writeEmbedding(text, index, dimensions ?? 1536, body['encoding_format']))
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return jsonOutcome({ object: 'list', data, model: model.version, usage }, 200, quotaHeaders(state))
}

function readInput(input: unknown, { quirks }: EmulatorState): readonly string[] {
  if (typeof input === 'string' && !quirks['embeddings-string-refused']) return [input]
  const texts = stringsOf(input)
  // Token arrays are never accepted, a lone string only at times.
  if (!Array.isArray(input) || texts.length !== input.length || texts.length === 0) {
    throw new Refusal(400, 'bad request', { plain: 'Bad Request\n' })
  }
  return texts
}
