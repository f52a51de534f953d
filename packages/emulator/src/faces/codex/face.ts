import { randomBytes } from 'node:crypto'
import { answerConversation, takeStep, rawOutcome } from '../../standin/compose.ts'
import type { Conversation } from '../../standin/conversation.ts'
import { isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { readResponses } from '../../protocols/responses/read.ts'
import { writeResponseStream, writeResponseWhole } from '../../protocols/responses/write.ts'
import { encryptedBy, newNonce } from '../../seals.ts'
import { jsonOutcome, sseEvent, streamOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { countSegments } from '../../tokens.ts'
import { facePrefix } from '../face.ts'
import type { FaceSettings, UpstreamFace } from '../face.ts'
import type { ModelFacts } from '../models.ts'
import { findShapeError } from '../../validate-shape.ts'
import type { CodexAccount } from './accounts.ts'
import { readBearer } from './auth.ts'
import { rateEvent, rateHeaders, refuseUsedUp, showUsage } from './limits.ts'
import { findCodexModel, listCodexModels } from './models.ts'
import { checkCodex, checkItems, detailError } from './rules.ts'

const base = '/backend-api/codex'

/** chatgpt.com as the Codex CLI knows it: Responses as streams, models, usage (copilot-protocol.md §10.2, Q44, Q45). */
export const createCodexFace = ({ extraModels = [] }: FaceSettings = {}): UpstreamFace => ({
  name: 'codex',
  prefix: facePrefix('codex'),
  headers: () => ({ 'x-oai-request-id': randomBytes(16).toString('hex') }),
  isModelCall: ({ method, path }) => method === 'POST' && path.startsWith(`${base}/responses`),
  answer: (call, state) => answer(call, state, extraModels),
  writeRefusal: ({ status, message, details }) =>
    jsonOutcome(details.body ?? { detail: message }, status, details.headers),
})

function answer(call: Call, state: EmulatorState, extra: readonly ModelFacts[]): Outcome | Promise<Outcome> {
  const { account } = readBearer(call, state)
  switch (`${call.method} ${call.path}`) {
    case `GET ${base}/models`:
      return listCodexModels(call, extra)
    case 'GET /backend-api/wham/usage':
      return showUsage(account, state)
    case `POST ${base}/responses`:
      return respond(call, account, state, extra)
    case `POST ${base}/responses/compact`:
      return compact(call, account, state, extra)
    default:
      throw detailError('Not Found', 404)
  }
}

async function respond(
  call: Call,
  account: CodexAccount,
  state: EmulatorState,
  extra: readonly ModelFacts[],
): Promise<Outcome> {
  refuseUsedUp(account, state)
  const { body } = call
  if (!isObject(body)) throw detailError('Request body is not valid JSON')
  checkCodex(body, call.headers['x-openai-internal-codex-responses-lite'] !== undefined, state)
  const model = findCodexModel(stringOf(body['model']), extra)
  checkItems(body, model, state)
  const wrong = await findShapeError('openai.responses.request', forSchema(body))
  if (wrong !== undefined) throw refuseShape(wrong)
  const conversation = readResponses(body, model)
  const headers = rateHeaders(account, state)
  if (countSegments(conversation.segments) > model.maxPromptTokens) {
    return streamOutcome(overflow(conversation, state), headers)
  }
  const before = state.quirks['codex-rate-event'] ? [rateEvent(account, state)] : []
  return answerConversation({
    call,
    state,
    conversation,
    path: call.path,
    writer: {
      writeWhole: writeResponseWhole,
      writeStream: (said, context) => [...before, ...writeResponseStream(said, context)],
    },
    headers,
  })
}

const refuseShape = (message: string): Refusal =>
  new Refusal(400, message, { body: { error: { message, type: 'invalid_request_error', param: null, code: null } } })

/** The official schema wants ids that the CLI leaves out, and does not know the CLI's own members, items and efforts. */
function forSchema({ client_metadata: _metadata, ...body }: JsonObject): JsonObject {
  const input = objectsOf(body['input'])
    .filter(({ type }) => type !== 'additional_tools')
    .map((item) => (item['type'] === 'reasoning' && item['id'] === undefined ? { ...item, id: 'rs' } : item))
  const { effort: _effort, ...reasoning } = isObject(body['reasoning']) ? body['reasoning'] : {}
  return { ...body, input, ...(isObject(body['reasoning']) && { reasoning }) }
}

/** A prompt that is too long fails inside a stream, with status 200. */
function overflow({ model }: Conversation, { options }: EmulatorState): readonly string[] {
  const begun = {
    id: `resp_${randomBytes(24).toString('hex')}`,
    object: 'response',
    created_at: Math.floor(options.now() / 1000),
    model: model.version,
    output: [],
  }
  const error = {
    code: 'context_length_exceeded',
    message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
  }
  return [
    { type: 'response.created', response: { ...begun, status: 'in_progress', error: null } },
    { type: 'response.failed', response: { ...begun, status: 'failed', error } },
  ].map((event, sequence) => sseEvent({ ...event, sequence_number: sequence }, event.type))
}

/** `POST /responses/compact`: the history as one sealed item, in one piece. */
function compact(call: Call, account: CodexAccount, state: EmulatorState, extra: readonly ModelFacts[]): Outcome {
  refuseUsedUp(account, state)
  const { body } = call
  if (!isObject(body)) throw detailError('Request body is not valid JSON')
  const model = findCodexModel(stringOf(body['model']), extra)
  if (!Array.isArray(body['input'])) throw detailError('Input must be a list')
  checkItems(body, model, state)
  const step = takeStep(call, call.path, model.id, state)
  const scripted = step === undefined ? undefined : rawOutcome(step)
  if (scripted !== undefined) return scripted
  const kept = objectsOf(body['input']).filter(({ role }) => role === 'user')
  const item = { type: 'compaction', encrypted_content: state.seals.seal(encryptedBy('codex'), newNonce(), '', 400) }
  return jsonOutcome({ output: [...kept, item] }, 200, rateHeaders(account, state))
}
