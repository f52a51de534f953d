import { randomBytes } from 'node:crypto'
import { readBody } from '../../dialect/admit.ts'
import { answerEmbeddings } from '../../dialect/embeddings.ts'
import { invalid, refuse, writeOpenaiError } from '../../dialect/refuse.ts'
import { stringOf } from '../../json.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { facePrefix } from '../face.ts'
import type { FaceSettings, UpstreamFace } from '../face.ts'
import type { ModelEntry } from '../../model.ts'
import { checkOpenaiKey } from './auth.ts'
import { answerOpenaiChat, answerOpenaiResponses } from './endpoints.ts'
import { answerResource } from './resources.ts'
import { createResponseStore } from './response-store.ts'
import { openaiModels } from './models.ts'

const grammar = { official: true, obfuscation: true, fingerprint: 'fp_f33640a400' } as const

const modelPaths = new Set(['/v1/chat/completions', '/v1/responses', '/v1/embeddings'])

/** api.openai.com: chat completions, responses, embeddings and the list of models, in the official dialect. */
export function createOpenaiFace(settings: FaceSettings = {}): UpstreamFace {
  const models = openaiModels(settings.extraModels)
  const store = createResponseStore()
  const find = (id: string): ModelEntry | undefined => models.find((model) => model.id === id || model.version === id)
  const answer = (call: Call, state: EmulatorState): Outcome | Promise<Outcome> => {
    checkOpenaiKey(call, settings.keys)
    if (call.method === 'GET' && call.path === '/v1/models') {
      return jsonOutcome({ object: 'list', data: models.map(writeModel) })
    }
    const [, id] = /^\/v1\/models\/([^/]+)$/.exec(call.path) ?? []
    if (call.method === 'GET' && id !== undefined)
      return jsonOutcome(writeModel(find(decodeURIComponent(id)) ?? noModel(id)))
    if (call.path.startsWith('/v1/responses/')) {
      const rest = call.path.slice('/v1/responses'.length)
      const named = (name: string): ModelEntry => find(name) ?? noResponsesModel(name)
      const unknown = refuse(404, `Invalid URL (${call.method} ${call.path})`)
      return answerResource({ call, rest, state, store, find: named }).then((found) => found ?? Promise.reject(unknown))
    }
    if (!modelPaths.has(call.path)) throw refuse(404, `Invalid URL (${call.method} ${call.path})`)
    if (call.method !== 'POST') {
      throw refuse(405, `Not allowed to ${call.method} on ${call.path}.`, 'method_not_supported')
    }
    const body = readBody(call)
    const name = body['model']
    if (typeof name !== 'string') throw invalid('you must provide a model parameter', undefined, 'model')
    const model = find(name)
    if (call.path === '/v1/responses') {
      return answerOpenaiResponses(call, body, model ?? noResponsesModel(name), state, store)
    }
    if (model === undefined) return noModel(name)
    if (call.path === '/v1/chat/completions') return answerOpenaiChat(call, body, model, state, grammar)
    if (model.type !== 'embeddings') {
      throw refuse(403, `You are not allowed to generate embeddings from this model`)
    }
    return answerEmbeddings(call, body, model, state)
  }
  return {
    name: 'openai',
    prefix: facePrefix('openai'),
    headers: writeHeaders,
    isModelCall: (call) =>
      call.method === 'POST' && (modelPaths.has(call.path) || call.path === '/v1/responses/compact'),
    answer,
    writeRefusal: writeOpenaiError,
  }
}

function noResponsesModel(name: string): never {
  throw invalid(`The requested model '${name}' does not exist.`, 'model_not_found', 'model')
}

function noModel(id: string): never {
  throw refuse(404, `The model \`${id}\` does not exist or you do not have access to it.`, 'model_not_found')
}

const writeModel = ({ id, vendor }: ModelEntry): object => ({
  id,
  object: 'model',
  created: 1_772_668_800,
  owned_by: vendor,
})

/** The headers of developers.openai.com/api/docs/guides/rate-limits and of every answer. */
const writeHeaders = (call: Call): Readonly<Record<string, string>> => ({
  'x-request-id': `req_${randomBytes(16).toString('hex')}`,
  'openai-version': '2020-10-01',
  'openai-organization': stringOf(call.headers['openai-organization']) || 'org-emulator',
  'openai-processing-ms': '12',
  'x-ratelimit-limit-requests': '5000',
  'x-ratelimit-limit-tokens': '2000000',
  'x-ratelimit-remaining-requests': '4999',
  'x-ratelimit-remaining-tokens': '1999000',
  'x-ratelimit-reset-requests': '12ms',
  'x-ratelimit-reset-tokens': '30ms',
})
