import { readChat } from '../../protocols/chat/read.ts'
import { answerConversation } from '../../standin/compose.ts'
import type { ModelEntry } from '../../model.ts'
import { admit, readBody } from '../../dialect/admit.ts'
import { createChatWriter } from '../../dialect/chat-grammar.ts'
import { answerEmbeddings } from '../../dialect/embeddings.ts'
import { invalid, refuse } from '../../dialect/refuse.ts'
import { isObject, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import type { Refusal } from '../../refusal.ts'
import { readResponses } from '../../protocols/responses/read.ts'
import { writeResponseStream, writeResponseWhole } from '../../protocols/responses/write.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { facePrefix } from '../face.ts'
import type { CompatibleSettings, UpstreamFace } from '../face.ts'
import { checkCompatibleKey } from './auth.ts'
import { compatibleModels } from './models.ts'
import { checkCompatibleChat, refuseForeign } from './rules.ts'

const modelPaths = new Set(['/v1/chat/completions', '/v1/responses', '/v1/embeddings'])

/** A server of open models that speaks OpenAI's dialects, as vLLM does: reasoning is shown, keys are optional. */
export function createCompatibleFace(settings: CompatibleSettings = {}): UpstreamFace {
  const models = compatibleModels(settings.extraModels)
  const writer = createChatWriter({
    official: false,
    reasoning: settings.reasoning ?? 'reasoning_content',
    fingerprint: null,
  })
  const answer = (call: Call, state: EmulatorState): Outcome | Promise<Outcome> => {
    checkCompatibleKey(call, settings.keys)
    if (call.method === 'GET' && call.path === '/v1/models') {
      return jsonOutcome({ object: 'list', data: models.map(writeModel) })
    }
    if (call.method !== 'POST' || !modelPaths.has(call.path)) throw refuse(404, 'Not Found')
    const body = readBody(call)
    const name = stringOf(body['model'])
    const model = models.find(({ id }) => id === name)
    if (model === undefined) throw refuse(404, `The model \`${name}\` does not exist.`, undefined, 'model')
    if (call.path === '/v1/embeddings') {
      if (model.type !== 'embeddings') throw invalid('The model does not support Embeddings API')
      return answerEmbeddings(call, body, model, state)
    }
    if (model.type === 'embeddings') throw invalid('The model does not support Chat Completions API')
    return call.path === '/v1/responses'
      ? answerResponses(call, body, model, state)
      : answerChat(call, body, model, state)
  }
  const answerChat = async (
    call: Call,
    body: JsonObject,
    model: ModelEntry,
    state: EmulatorState,
  ): Promise<Outcome> => {
    checkCompatibleChat(body, settings.developerRole ?? true)
    const conversation = await admit({
      body,
      model,
      schema: 'openai.chat.request',
      read: () => ({ ...readChat(body, model), thinking: isThinking(body, model) ? 'shown' : 'off' }),
      overflow,
    })
    return answerConversation({ call, state, conversation, path: call.path, writer })
  }
  return {
    name: 'compatible',
    prefix: facePrefix('compatible'),
    isModelCall: ({ method, path }) => method === 'POST' && modelPaths.has(path),
    answer,
    writeRefusal: writeCompatibleError,
  }
}

async function answerResponses(
  call: Call,
  body: JsonObject,
  model: ModelEntry,
  state: EmulatorState,
): Promise<Outcome> {
  refuseForeign(body, 'body')
  if (typeof body['previous_response_id'] === 'string') {
    throw refuse(
      404,
      `Response with id '${body['previous_response_id']}' not found.`,
      undefined,
      'previous_response_id',
    )
  }
  const conversation = await admit({ body, model, schema: 'openai.responses.request', read: readResponses, overflow })
  const writer = { writeWhole: writeResponseWhole, writeStream: writeResponseStream }
  return answerConversation({ call, state, conversation, path: call.path, writer })
}

/** Models that reason do so unless the template is told not to (`chat_template_kwargs`) or no effort is wanted. */
function isThinking(body: JsonObject, model: ModelEntry): boolean {
  const template = isObject(body['chat_template_kwargs']) ? body['chat_template_kwargs'] : {}
  return model.thinking && template['enable_thinking'] !== false && body['reasoning_effort'] !== 'none'
}

const overflow = ({ maxPromptTokens }: ModelEntry, tokens: number): Refusal =>
  invalid(
    `This model's maximum context length is ${maxPromptTokens} tokens. However, your request has ${tokens} input tokens. Please reduce the length of the input messages.`,
  )

const writeModel = ({ id, vendor, maxPromptTokens }: ModelEntry): object => ({
  id,
  object: 'model',
  created: 1_767_225_600,
  owned_by: vendor,
  root: id,
  parent: null,
  max_model_len: maxPromptTokens,
})

const errorTypes: Readonly<Record<number, string>> = { 400: 'BadRequestError', 404: 'NotFoundError' }

/** vLLM's error: the type by status, and the status as the code. */
function writeCompatibleError({ status, message, details }: Refusal): Outcome {
  const { body, param = null, headers = {} } = details
  const error = { message, type: errorTypes[status] ?? 'InternalServerError', param, code: status }
  return jsonOutcome(body ?? { error }, status, headers)
}
