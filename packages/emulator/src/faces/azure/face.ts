import { randomUUID } from 'node:crypto'
import type { ModelEntry } from '../../model.ts'
import { readBody } from '../../dialect/admit.ts'
import { answerEmbeddings } from '../../dialect/embeddings.ts'
import { invalid } from '../../dialect/refuse.ts'
import type { JsonObject } from '../../json.ts'
import { stringOf } from '../../json.ts'
import { answerOpenaiChat, answerOpenaiResponses } from '../openai/endpoints.ts'
import { answerResource } from '../openai/resources.ts'
import { createResponseStore } from '../openai/response-store.ts'
import { openaiModels } from '../openai/models.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { facePrefix } from '../face.ts'
import type { FaceSettings, UpstreamFace } from '../face.ts'
import { checkAzureKey } from './auth.ts'
import { checkPrompt, readApiVersion } from './rules.ts'

const grammar = { official: true, filters: true, fingerprint: 'fp_b54fe76834' } as const

const deploymentPath = /^\/openai\/deployments\/([^/]+)\/(chat\/completions|embeddings)$/
const newPath = /^\/openai\/v1\/(chat\/completions|responses|embeddings)$/

/**
 * A resource of Azure OpenAI: deployments with a dated `api-version`, and the v1 routes. Deployments have the names of their
 * models; `extraModels` are further deployments, `version` the model behind each.
 */
export function createAzureFace(settings: FaceSettings = {}): UpstreamFace {
  const deployments = openaiModels(settings.extraModels)
  const store = createResponseStore()
  const deployment = (name: string): ModelEntry => deployments.find(({ id }) => id === name) ?? noDeployment()
  const answer = (call: Call, state: EmulatorState): Outcome | Promise<Outcome> => {
    checkAzureKey(call, settings.keys)
    const [, named, endpoint] = deploymentPath.exec(call.path) ?? []
    if (named !== undefined && endpoint !== undefined && call.method === 'POST') {
      readApiVersion(call, 'dated')
      // The deployment decides; the body's model is not looked at.
      const model = deployment(decodeURIComponent(named))
      return ask(endpoint, { ...readBody(call), model: model.id }, model, call, state)
    }
    const rest = /^\/openai\/v1\/responses(\/.+)$/.exec(call.path)?.[1]
    if (rest !== undefined) {
      readApiVersion(call, 'v1')
      const found = answerResource({ call, rest, state, store, find: deployment })
      return found.then((outcome) => outcome ?? Promise.reject(noResource()))
    }
    const v1 = newPath.exec(call.path)?.[1]
    const list = call.path === '/openai/v1/models' && call.method === 'GET'
    if (v1 === undefined && !list) throw noResource()
    readApiVersion(call, 'v1')
    if (list) return jsonOutcome({ object: 'list', data: deployments.map(writeModel) })
    if (v1 === undefined || call.method !== 'POST') throw noResource()
    const body = readBody(call)
    return ask(v1, body, deployment(stringOf(body['model'])), call, state)
  }
  const ask = (
    endpoint: string,
    body: JsonObject,
    model: ModelEntry,
    call: Call,
    state: EmulatorState,
  ): Promise<Outcome> => {
    if (endpoint === 'responses') return answerOpenaiResponses(call, body, model, state, store)
    if (endpoint === 'embeddings') {
      if (model.type !== 'embeddings') throw unsupported('embeddings', model)
      return answerEmbeddings(call, body, model, state)
    }
    if (!model.endpoints.includes('chat')) throw unsupported('chatCompletion', model)
    checkPrompt(body)
    return answerOpenaiChat(call, body, model, state, grammar)
  }
  return {
    name: 'azure',
    prefix: facePrefix('azure'),
    headers: () => ({
      'apim-request-id': randomUUID(),
      'x-ms-region': 'East US 2',
      'x-ratelimit-remaining-requests': '999',
      'x-ratelimit-remaining-tokens': '999000',
    }),
    isModelCall: ({ method, path }) =>
      method === 'POST' && (deploymentPath.test(path) || newPath.test(path) || path === '/openai/v1/responses/compact'),
    answer,
    writeRefusal: writeAzureError,
  }
}

const noResource = (): Refusal => new Refusal(404, 'Resource not found', { code: '404' })

function noDeployment(): never {
  throw new Refusal(
    404,
    'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
    { code: 'DeploymentNotFound' },
  )
}

const unsupported = (operation: string, { id }: ModelEntry): Refusal =>
  invalid(
    `The ${operation} operation does not work with the specified model, ${id}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.`,
    'OperationNotSupported',
  )

const writeModel = ({ id, version, type }: ModelEntry): object => ({
  id,
  object: 'model',
  created_at: 1_772_668_800,
  status: 'succeeded',
  lifecycle_status: 'generally-available',
  model: version,
  capabilities: { chat_completion: type === 'chat', embeddings: type === 'embeddings', inference: true },
})

/** The gateway's own errors have only code and message; the model's are OpenAI's, a filtered prompt has `innererror`. */
function writeAzureError({ status, message, details }: Refusal): Outcome {
  const { body, code, type, param = null, headers = {} } = details
  const error =
    type === undefined || code === 'OperationNotSupported'
      ? { code, message }
      : { message, type, param, code: code ?? null }
  return jsonOutcome(body ?? { error }, status, headers)
}
