import { randomUUID } from 'node:crypto'
import { readChat } from '../../protocols/chat/read.ts'
import { answerConversation } from '../../standin/compose.ts'
import type { ModelEntry } from '../../model.ts'
import { admit, readBody } from '../../dialect/admit.ts'
import { createChatWriter } from '../../dialect/chat-grammar.ts'
import { invalid, refuse } from '../../dialect/refuse.ts'
import type { JsonObject } from '../../json.ts'
import { stringOf } from '../../json.ts'
import type { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { facePrefix } from '../face.ts'
import type { FaceSettings, UpstreamFace } from '../face.ts'
import { checkDashscopeKey } from './auth.ts'
import { dashscopeModels } from './models.ts'
import { checkDashscope, isThinking, markedSegments } from './rules.ts'

const grammar = { official: false, reasoning: 'reasoning_content', fingerprint: null } as const
const plain = createChatWriter(grammar)
const caching = createChatWriter({ ...grammar, cacheWrites: true })

const chatPath = '/compatible-mode/v1/chat/completions'

/** DashScope in compatible mode (dashscope.aliyuncs.com): chat completions with thinking and an explicit prompt cache. */
export function createDashscopeFace(settings: FaceSettings = {}): UpstreamFace {
  const models = dashscopeModels(settings.extraModels)
  const answer = (call: Call, state: EmulatorState): Outcome | Promise<Outcome> => {
    checkDashscopeKey(call, settings.keys)
    if (call.method === 'GET' && call.path === '/compatible-mode/v1/models') {
      return jsonOutcome({ object: 'list', data: models.map(writeModel) })
    }
    if (call.path !== chatPath || call.method !== 'POST') throw refuse(404, 'Not Found')
    const body = readBody(call)
    const name = stringOf(body['model'])
    const model = models.find(({ id }) => id === name)
    if (model === undefined) {
      const message = `The model \`${name}\` does not exist or you do not have access to it.`
      throw refuse(404, message, 'model_not_found')
    }
    return answerChat(call, body, model, state)
  }
  return {
    name: 'dashscope',
    prefix: facePrefix('dashscope'),
    headers: () => ({ 'x-request-id': randomUUID(), 'req-cost-time': '180' }),
    isModelCall: ({ method, path }) => method === 'POST' && path === chatPath,
    answer,
    writeRefusal: writeDashscopeError,
  }
}

async function answerChat(call: Call, body: JsonObject, model: ModelEntry, state: EmulatorState): Promise<Outcome> {
  checkDashscope(body, model)
  const segments = markedSegments(body)
  // Explicit and implicit caching exclude each other: one mark turns the explicit one on.
  const marked = segments.some(({ mark }) => mark)
  const conversation = await admit({
    body,
    model,
    schema: 'openai.chat.request',
    read: () => ({
      ...readChat(body, model),
      segments,
      thinking: isThinking(body, model) ? 'shown' : 'off',
      explicitCache: marked,
    }),
    overflow: ({ maxPromptTokens }) =>
      invalid(
        `<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, ${maxPromptTokens}]`,
        'invalid_parameter_error',
      ),
  })
  return answerConversation({ call, state, conversation, path: call.path, writer: marked ? caching : plain })
}

const writeModel = ({ id, vendor }: ModelEntry): object => ({
  id,
  object: 'model',
  created: 1_767_225_600,
  owned_by: vendor,
})

/** OpenAI's shape, with the request beside it. */
function writeDashscopeError({ status, message, details }: Refusal): Outcome {
  const { type = 'invalid_request_error', param = null, code = null, headers = {} } = details
  const request_id = randomUUID()
  return jsonOutcome(
    { error: { message, type, param, code }, id: `chatcmpl-${request_id}`, request_id },
    status,
    headers,
  )
}
