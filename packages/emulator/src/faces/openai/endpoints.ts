import { readChat } from '../../protocols/chat/read.ts'
import { answerConversation } from '../../standin/compose.ts'
import type { ModelEntry } from '../../model.ts'
import { admit, chatOverflow } from '../../dialect/admit.ts'
import { createChatWriter } from '../../dialect/chat-grammar.ts'
import type { ChatGrammar } from '../../dialect/chat-grammar.ts'
import { invalid } from '../../dialect/refuse.ts'
import { stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { newResponseId, writeItem } from '../../protocols/responses/items.ts'
import { readResponses } from '../../protocols/responses/read.ts'
import { writeResponseStream, writeResponseWhole } from '../../protocols/responses/write.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { checkResponsesFormat } from './formats.ts'
import { resolveInput } from './items.ts'
import type { ResponseStore } from './response-store.ts'
import { checkOpenaiChat, checkOpenaiResponses } from './rules.ts'

/** Answers a chat call by OpenAI's rules in a grammar (OpenAI's own, or Azure's). */
export async function answerOpenaiChat(
  call: Call,
  body: JsonObject,
  model: ModelEntry,
  state: EmulatorState,
  grammar: ChatGrammar,
): Promise<Outcome> {
  await checkOpenaiChat(body, model)
  const conversation = await admit({
    body,
    model,
    schema: 'openai.chat.request',
    read: readChat,
    overflow: chatOverflow,
  })
  return answerConversation({ call, state, conversation, path: call.path, writer: createChatWriter(grammar) })
}

const writer = { writeWhole: writeResponseWhole, writeStream: writeResponseStream }

/** Answers a responses call by OpenAI's rules; keeps the exchange unless the request says `store: false`. */
export async function answerOpenaiResponses(
  call: Call,
  body: JsonObject,
  model: ModelEntry,
  state: EmulatorState,
  store: ResponseStore,
): Promise<Outcome> {
  await checkOpenaiResponses(body, model)
  const input = await resolveInput(body, store, state, call.face)
  checkResponsesFormat(body, input)
  const conversation = await admit({
    body,
    // Items without ids are fine where the content is sealed; the schema wants one.
    forSchema: { ...body, input: input.map((item) => (item['type'] === 'reasoning' ? { id: 'rs', ...item } : item)) },
    model,
    schema: 'openai.responses.request',
    read: () => readResponses({ ...body, input }, model),
    overflow: () =>
      invalid(
        'Your input exceeds the context window of this model. Please adjust your input and try again.',
        'context_length_exceeded',
        'input',
      ),
  })
  const answerId = newResponseId()
  const kept = body['store'] !== false
  const echo = {
    store: kept,
    previous_response_id: stringOf(body['previous_response_id']) || null,
    service_tier: 'default',
    tools: body['tools'] ?? [],
    user: null,
  }
  return answerConversation({
    call,
    state,
    conversation,
    path: call.path,
    writer,
    more: { answerId, echo },
    keep: (answer, context) => {
      if (!kept) return
      const sealed = { ...context, request: { ...context.request, include: ['reasoning.encrypted_content'] } }
      const items = answer.parts.map((part): JsonObject => writeItem(part, answer, sealed))
      store.keep(answerId, { exchange: [...input, ...items], items, whole: writeResponseWhole(answer, context) })
    },
  })
}
