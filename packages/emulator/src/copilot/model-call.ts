import { answerConversation } from '../standin/compose.ts'
import type { Conversation } from '../standin/conversation.ts'
import { authorizeCopilot } from '../github/credentials.ts'
import { isObject } from '../json.ts'
import { badRequest, Refusal } from '../refusal.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import { countSegments } from '../tokens.ts'
import { findShapeError } from '../validate-shape.ts'
import type { ModelFace } from '../model-face.ts'
import { checkSession, findModel } from './models.ts'
import { quotaHeaders } from './quota.ts'
import { refuseByQuirk } from './unavailable.ts'

/** Serves a call to one of the three chat endpoints: checks it as the service does, then answers by script or stand-in. */
export async function answerModelCall(face: ModelFace, call: Call, state: EmulatorState): Promise<Outcome> {
  const headers = quotaHeaders(state)
  try {
    const conversation = await admit(face, call, state)
    return answerConversation({ call, state, conversation, path: face.path, writer: face, headers })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.status, error.message, {
      ...error.details,
      headers: { ...headers, ...error.details.headers },
    })
  }
}

/** Everything that can refuse a call, in the order of the service: identity, state of the service, shape, model, rules. */
async function admit(face: ModelFace, call: Call, state: EmulatorState): Promise<Conversation> {
  authorizeCopilot(call, state, true)
  refuseByQuirk(state)
  checkSession(call, state)
  const { body } = call
  if (!isObject(body)) throw new Refusal(400, 'bad request', { plain: 'Bad Request\n' })
  if (typeof body['model'] !== 'string') throw badRequest('model is required', 'bad_request')
  const model = findModel(body['model'], face.path, state)
  face.check(body, model, call, state)
  const wrong = await findShapeError(face.schema, face.forSchema(body))
  if (wrong !== undefined) throw badRequest(wrong)
  const conversation = face.read(body, model)
  if (conversation.attachments.some(({ mediaType }) => mediaType.startsWith('image'))) {
    if (!model.vision) throw badRequest('image media type not supported', 'invalid_request_body')
    if (state.quirks['vision-header-required'] && call.headers['copilot-vision-request'] !== 'true') {
      const plain = 'bad request: missing required Copilot-Vision-Request header for vision requests\n'
      throw new Refusal(400, 'vision header', { plain })
    }
  }
  const tokens = countSegments(conversation.segments)
  if (tokens > model.maxPromptTokens) throw face.overflow(conversation, tokens, state)
  if (conversation.maxTokens !== undefined && conversation.maxTokens > model.maxOutputTokens) {
    throw badRequest(
      `max_tokens: ${conversation.maxTokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    )
  }
  return conversation
}
