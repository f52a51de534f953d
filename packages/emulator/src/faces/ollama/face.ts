import { readChat } from '../../protocols/chat/read.ts'
import { answerConversation } from '../../standin/compose.ts'
import type { Conversation } from '../../standin/conversation.ts'
import type { ModelEntry } from '../../model.ts'
import { answerEmbeddings } from '../../dialect/embeddings.ts'
import { isObject, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import type { Refusal } from '../../refusal.ts'
import { readResponses } from '../../protocols/responses/read.ts'
import { writeResponseStream, writeResponseWhole } from '../../protocols/responses/write.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { countTokens } from '../../tokens.ts'
import type { Segment } from '../../tokens.ts'
import { facePrefix } from '../face.ts'
import type { FaceSettings, UpstreamFace } from '../face.ts'
import { describeModel, findOllamaModel, ollamaModels, writeLoaded, writeModel, writeTag } from './models.ts'
import { nativeWriter, readNative, windowOf } from './native.ts'
import { checkAbilities, checkOllamaChat, readKnown, refuse, refuseBehind } from './rules.ts'
import { chatWriter } from './write.ts'

const modelPaths = new Set(['/v1/chat/completions', '/v1/responses', '/v1/embeddings', '/api/chat'])

/** Ollama: its OpenAI route, and of its own API chat and what a client looks models up with. A key is ignored unless some are set. */
export function createOllamaFace(settings: FaceSettings = {}): UpstreamFace {
  const models = ollamaModels(settings.extraModels)
  const loaded = new Set<ModelEntry>()
  const find = (name: string): ModelEntry => {
    const model = findOllamaModel(name, models)
    if (model === undefined) throw refuseBehind(`model '${name}' not found`, 404)
    return model
  }
  const answer = (call: Call, state: EmulatorState): Outcome | Promise<Outcome> => {
    checkProxyKey(call, settings.keys)
    const body = isObject(call.body) ? call.body : {}
    const [, id] = /^\/v1\/models\/(.+)$/.exec(call.path) ?? []
    if (call.method === 'GET' && id !== undefined) return jsonOutcome(writeModel(find(decodeURIComponent(id))))
    switch (`${call.method} ${call.path}`) {
      case 'GET /':
        return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, chunks: ['Ollama is running'] }
      case 'GET /api/version':
        return jsonOutcome({ version: '0.24.0' })
      case 'GET /api/tags':
        return jsonOutcome({ models: models.map(writeTag) })
      case 'GET /api/ps':
        return jsonOutcome({ models: [...loaded].map((model) => writeLoaded(model, state.options.now() + 300_000)) })
      case 'POST /api/show':
        return jsonOutcome(describeModel(find(stringOf(body['model']) || stringOf(body['name']))))
      case 'GET /v1/models':
        return jsonOutcome({ object: 'list', data: models.map(writeModel) })
      default:
        break
    }
    if (call.method !== 'POST' || !modelPaths.has(call.path)) throw refuse('404 page not found', 404)
    if (!isObject(call.body)) throw refuse('invalid character in the body')
    const name = stringOf(body['model'])
    if (name === '') throw refuse('model is required')
    const model = find(name)
    loaded.add(model)
    if (call.path === '/v1/embeddings') return answerEmbeddings(call, body, model, state)
    checkAbilities(body, model)
    if (call.path === '/api/chat') return chatNatively(call, body, model, state)
    return call.path === '/v1/responses' ? respond(call, body, model, state) : chat(call, body, model, state)
  }
  return {
    name: 'ollama',
    prefix: facePrefix('ollama'),
    isModelCall: ({ method, path }) => method === 'POST' && modelPaths.has(path),
    answer,
    writeRefusal,
  }
}

/** Ollama has no keys; a proxy before it may. */
function checkProxyKey(call: Call, keys: readonly string[] | undefined): void {
  if (keys === undefined) return
  const key = /^bearer (\S+)$/i.exec(stringOf(call.headers.authorization))?.[1]
  if (key === undefined || !keys.includes(key)) throw refuse('unauthorized', 401)
}

function chat(call: Call, body: JsonObject, model: ModelEntry, state: EmulatorState): Outcome {
  const conversation = readConversation(readKnown(body), model)
  return answerConversation({ call, state, conversation: cut(conversation), path: call.path, writer: chatWriter })
}

/** `POST /api/chat`: its stream is lines of JSON, and a request says how long the context is to be. */
function chatNatively(call: Call, body: JsonObject, model: ModelEntry, state: EmulatorState): Outcome {
  const loadedAs = { ...model, maxPromptTokens: windowOf(body) ?? model.maxPromptTokens }
  const conversation = readConversation(readNative(body), loadedAs)
  const fitting = cut(conversation)
  if (body['truncate'] === false && fitting.segments.length < conversation.segments.length) {
    throw refuse('the input length exceeds the context length')
  }
  const headers = conversation.stream ? { 'content-type': 'application/x-ndjson' } : {}
  return answerConversation({
    call,
    state,
    conversation: fitting,
    path: call.path,
    writer: nativeWriter,
    headers,
  })
}

function readConversation(known: JsonObject, model: ModelEntry): Conversation {
  checkOllamaChat(known)
  const effort = known['reasoning_effort']
  if (typeof effort === 'string' && effort !== 'none' && !model.thinking) {
    throw refuseBehind(`"${model.id}" does not support thinking`)
  }
  const thinking = model.thinking && effort !== 'none' ? 'shown' : 'off'
  return { ...readChat(known, model), thinking, logprobs: false }
}

function respond(call: Call, body: JsonObject, model: ModelEntry, state: EmulatorState): Outcome {
  if (typeof body['previous_response_id'] === 'string') throw refuse('previous_response_id is not supported')
  const read = readResponses(body, model)
  const conversation: Conversation = {
    ...read,
    thinking: read.thinking === 'off' ? 'off' : 'shown',
    explicitCache: false,
  }
  const writer = { writeWhole: writeResponseWhole, writeStream: writeResponseStream }
  return answerConversation({ call, state, conversation: cut(conversation), path: call.path, writer })
}

/** What does not fit into the context that the model was loaded with is dropped from the front, and nobody is told. */
function cut(conversation: Conversation): Conversation {
  const kept: Segment[] = []
  let left = conversation.model.maxPromptTokens
  for (const segment of conversation.segments.toReversed()) {
    left -= countTokens(segment.text)
    if (left < 0 && kept.length > 0) break
    kept.unshift(segment)
  }
  return { ...conversation, segments: kept }
}

const errorTypes: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 404: 'not_found_error' }

/** `{"error": "…"}` on its own API, the form of OpenAI on the OpenAI route (NewError of openai/openai.go). */
function writeRefusal({ status, message, details }: Refusal, { path }: Call): Outcome {
  if (!path.startsWith('/v1/')) return jsonOutcome({ error: message }, status, details.headers)
  const error = { message, type: details.type ?? errorTypes[status] ?? 'api_error', param: null, code: null }
  return jsonOutcome({ error }, status, details.headers)
}
