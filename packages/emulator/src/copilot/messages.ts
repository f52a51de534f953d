import type { ModelFace } from '../model-face.ts'
import { authorizeCopilot } from '../github/credentials.ts'
import { findModel } from './models.ts'
import { isObject, stringOf } from '../json.ts'
import { badRequest, Refusal } from '../refusal.ts'
import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import { countSegments } from '../tokens.ts'
import { findShapeError } from '../validate-shape.ts'
import { readMessages } from '../protocols/messages/read.ts'
import { checkMessages } from './messages-rules.ts'
import { writeMessageStream, writeMessageWhole } from '../protocols/messages/write.ts'

/** `POST /v1/messages`. */
export const messagesFace: ModelFace = {
  path: '/v1/messages',
  schema: 'anthropic.beta.messages.request',
  forSchema: (body) => body,
  check: checkMessages,
  read: readMessages,
  overflow: ({ model }, tokens) =>
    badRequest(
      `prompt token count of ${tokens} exceeds the limit of ${model.maxPromptTokens}`,
      'model_max_prompt_tokens_exceeded',
    ),
  writeWhole: writeMessageWhole,
  writeStream: writeMessageStream,
}

/** `POST /v1/messages/count_tokens`: 404 (Q36), or a count by the emulator's rule. */
export async function countMessageTokens(call: Call, state: EmulatorState): Promise<Outcome> {
  authorizeCopilot(call, state, false)
  if (state.quirks['count-tokens-missing']) throw new Refusal(404, 'not found', { plain: '404 page not found\n' })
  if (!isObject(call.body)) throw badRequest('the body is not JSON')
  const model = findModel(stringOf(call.body['model']), '/v1/messages', state)
  const wrong = await findShapeError('anthropic.beta.count_tokens.request', call.body)
  if (wrong !== undefined) throw badRequest(wrong)
  return jsonOutcome({ input_tokens: countSegments(readMessages(call.body, model).segments) })
}
