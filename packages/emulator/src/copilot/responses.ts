import type { ModelFace } from '../model-face.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { badRequest } from '../refusal.ts'
import { readResponses } from '../protocols/responses/read.ts'
import { checkResponses } from './responses-rules.ts'
import { writeResponseStream, writeResponseWhole } from '../protocols/responses/write.ts'

/** `POST /responses` over HTTP. */
export const responsesFace: ModelFace = {
  path: '/responses',
  schema: 'openai.responses.request',
  forSchema,
  check: (body, model, _call, state) => checkResponses(body, model, state),
  read: readResponses,
  overflow: ({ model }, tokens, { quirks }) =>
    quirks['responses-overflow-vague']
      ? badRequest('Your input exceeds the context window of this model. Please adjust your input and try again.')
      : badRequest(
          `prompt token count of ${tokens} exceeds the limit of ${model.maxPromptTokens}`,
          'model_max_prompt_tokens_exceeded',
        ),
  writeWhole: writeResponseWhole,
  writeStream: writeResponseStream,
}

/** Copilot takes reasoning items without an id, the official schema does not. */
function forSchema(body: JsonObject): JsonObject {
  if (!Array.isArray(body['input'])) return body
  const input = body['input'].map((item: unknown) =>
    isObject(item) && item['type'] === 'reasoning' && item['id'] === undefined ? { ...item, id: 'rs' } : item,
  )
  return { ...body, input }
}
