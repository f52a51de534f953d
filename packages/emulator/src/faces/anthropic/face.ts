import { answerConversation } from '../../standin/compose.ts'
import { isObject, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { readMessages } from '../../protocols/messages/read.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { countSegments } from '../../tokens.ts'
import { facePrefix } from '../face.ts'
import type { FaceSettings, UpstreamFace } from '../face.ts'
import { findShapeError } from '../../validate-shape.ts'
import { betasOf, checkAnthropicKey } from './auth.ts'
import { anthropicModels, findAnthropicModel, listAnthropicModels, writeModel } from './models.ts'
import type { AnthropicModel } from './models.ts'
import { invalid, newRequestId, writeAnthropicError } from './refuse.ts'
import { checkAnthropic, checkBetas, checkGeneration, checkMembers } from './rules.ts'
import { checkSearchResults, writeStream, writeWhole } from './server-tools.ts'

/** The largest request in bytes (platform.claude.com, API overview: 32 MB). */
const largest = 32 * 1024 * 1024

/** 2026-10-21 is what the official SDK 1.11.0 sends. */
const versions: ReadonlySet<string> = new Set(['2023-01-01', '2023-06-01', '2026-10-21'])

/** api.anthropic.com: messages, token counts and the list of models. */
export function createAnthropicFace(settings: FaceSettings = {}): UpstreamFace {
  const models = anthropicModels(settings.extraModels)
  const answer = (call: Call, state: EmulatorState): Outcome | Promise<Outcome> => {
    checkAnthropicKey(call, settings.keys)
    if (stringOf(call.headers['anthropic-version']) === '') throw invalid('anthropic-version: header is required')
    if (!versions.has(stringOf(call.headers['anthropic-version']))) {
      throw invalid(`anthropic-version: "${stringOf(call.headers['anthropic-version'])}" is not a valid version`)
    }
    checkBetas(betasOf(call))
    const [, id] = /^\/v1\/models\/([^/]+)$/.exec(call.path) ?? []
    if (call.method === 'GET' && id !== undefined) {
      return jsonOutcome(writeModel(findAnthropicModel(decodeURIComponent(id), models)))
    }
    switch (`${call.method} ${call.path}`) {
      case 'GET /v1/models':
        return listAnthropicModels(call, models)
      case 'POST /v1/messages':
        return answerMessages(call, readBody(call), models, state)
      case 'POST /v1/messages/count_tokens':
        return countTokens(call, readBody(call), models, state)
      default:
        throw new Refusal(404, 'Not Found')
    }
  }
  return {
    name: 'anthropic',
    prefix: facePrefix('anthropic'),
    headers: (_call, state) => writeHeaders(state),
    isModelCall: ({ method, path }) => method === 'POST' && path === '/v1/messages',
    answer,
    writeRefusal: writeAnthropicError,
  }
}

function readBody({ raw, body }: Call): JsonObject {
  if (Buffer.byteLength(raw) > largest) throw new Refusal(413, 'Request exceeds the maximum size')
  if (isObject(body)) return body
  throw invalid('The request body is not valid JSON')
}

async function answerMessages(
  call: Call,
  body: JsonObject,
  models: readonly AnthropicModel[],
  state: EmulatorState,
): Promise<Outcome> {
  checkMembers(body, 'messages', betasOf(call))
  const model = findAnthropicModel(stringOf(body['model']), models)
  checkGeneration(body, model)
  checkAnthropic(body, model, betasOf(call), state)
  checkSearchResults(body, state)
  const wrong = await findShapeError('anthropic.beta.messages.request', body)
  if (wrong !== undefined) throw invalid(wrong)
  const conversation = readMessages(body, model)
  const tokens = countSegments(conversation.segments)
  if (tokens > model.maxPromptTokens) {
    throw invalid(`prompt is too long: ${tokens} tokens > ${model.maxPromptTokens} maximum`)
  }
  return answerConversation({ call, state, conversation, path: call.path, writer: { writeWhole, writeStream } })
}

async function countTokens(
  call: Call,
  body: JsonObject,
  models: readonly AnthropicModel[],
  state: EmulatorState,
): Promise<Outcome> {
  checkMembers(body, 'count', betasOf(call))
  const model = findAnthropicModel(stringOf(body['model']), models)
  checkAnthropic(body, model, betasOf(call), state)
  const wrong = await findShapeError('anthropic.beta.count_tokens.request', body)
  if (wrong !== undefined) throw invalid(wrong)
  return jsonOutcome({ input_tokens: countSegments(readMessages(body, model).segments) })
}

/** The headers of platform.claude.com/docs/en/api/rate-limits and of every answer. */
function writeHeaders({ options }: EmulatorState): Readonly<Record<string, string>> {
  const reset = new Date(options.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
  const window = (name: string, limit: number, left: number): readonly (readonly [string, string])[] => [
    [`anthropic-ratelimit-${name}-limit`, String(limit)],
    [`anthropic-ratelimit-${name}-remaining`, String(left)],
    [`anthropic-ratelimit-${name}-reset`, reset],
  ]
  return {
    'request-id': newRequestId(),
    'anthropic-organization-id': '5f3a2b1c-0d4e-4f5a-8b6c-7d8e9f0a1b2c',
    ...Object.fromEntries([
      ...window('requests', 4000, 3999),
      ...window('input-tokens', 2_000_000, 1_999_000),
      ...window('output-tokens', 400_000, 399_000),
      ...window('tokens', 2_400_000, 2_398_000),
    ]),
  }
}
