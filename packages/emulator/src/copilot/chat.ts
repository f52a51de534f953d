import type { ModelFace } from '../model-face.ts'
import { badRequest } from '../refusal.ts'
import { checkChat } from './chat-rules.ts'
import { readChat } from '../protocols/chat/read.ts'
import { writeChatStream } from '../protocols/chat/stream.ts'
import { writeChatWhole } from '../protocols/chat/whole.ts'

/** `POST /chat/completions`. */
export const chatFace: ModelFace = {
  path: '/chat/completions',
  schema: 'openai.chat.request',
  // `validated` is Copilot's own tool choice (sent by its CLI for Gemini).
  forSchema: (body) => (body['tool_choice'] === 'validated' ? { ...body, tool_choice: 'auto' } : body),
  check: (body, model, _call, state) => checkChat(body, model, state),
  read: readChat,
  overflow: ({ model }, tokens) =>
    badRequest(
      `prompt token count of ${tokens} exceeds the limit of ${model.maxPromptTokens}`,
      'model_max_prompt_tokens_exceeded',
    ),
  writeWhole: writeChatWhole,
  writeStream: writeChatStream,
}
