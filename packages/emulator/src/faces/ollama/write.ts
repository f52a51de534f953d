import type { Answer } from '../../standin/answer.ts'
import { words } from '../../standin/answer.ts'
import { toolCallsOf } from '../../protocols/chat/parts.ts'
import type { ModelFace, WriteContext } from '../../model-face.ts'
import { isObject } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { newNonce } from '../../seals.ts'
import { sseEvent } from '../../server/outcome.ts'

/**
 * Chat completions as Ollama writes them (openai/openai.go of ollama/ollama): no details of usage, `fp_ollama`, content that
 * is empty and never null, reasoning in `reasoning`, each tool call in one piece with its `index`.
 */
export const chatWriter: Pick<ModelFace, 'writeWhole' | 'writeStream'> = {
  writeWhole: (answer, context) => {
    if (answer.finish === 'error') throw new Refusal(500, 'llama runner process has terminated')
    const { text, reasoning } = textsOf(answer)
    const calls = callsOf(answer)
    const message = {
      role: 'assistant',
      content: text,
      ...(reasoning !== '' && { reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
    }
    const choices = [{ index: 0, message, finish_reason: finishOf(answer) }]
    return { ...frameOf('chat.completion', context), choices, usage: usageOf(answer) }
  },
  writeStream: (answer, context) => {
    const frame = frameOf('chat.completion.chunk', context)
    const { text, reasoning } = textsOf(answer)
    const calls = callsOf(answer)
    const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
      ...frame,
      choices: [{ index: 0, delta: { role: 'assistant', content: '', ...delta }, finish_reason: finish }],
    })
    const options = context.request['stream_options']
    const chunks = [
      ...words(reasoning).map((piece) => chunk({ reasoning: piece })),
      ...words(text).map((content) => chunk({ content })),
      ...calls.map((call) => chunk({ tool_calls: [call] })),
      chunk({}, finishOf(answer)),
      ...(isObject(options) && options['include_usage'] === true
        ? [{ ...frame, choices: [], usage: usageOf(answer) }]
        : []),
    ]
    return [...chunks.map((entry) => sseEvent(entry)), sseEvent('[DONE]')]
  },
}

const frameOf = (object: string, { conversation, created }: WriteContext): JsonObject => ({
  id: `chatcmpl-${Number.parseInt(newNonce().slice(0, 4), 16) % 1000}`,
  object,
  created,
  model: conversation.model.id,
  system_fingerprint: 'fp_ollama',
})

const textsOf = ({ parts }: Answer): { readonly text: string; readonly reasoning: string } => ({
  text: parts.flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : [])).join(''),
  reasoning: parts.flatMap((part) => (part.type === 'reasoning' ? part.text : [])).join(''),
})

const callsOf = (answer: Answer): readonly JsonObject[] =>
  toolCallsOf(answer).map((part, index) => ({
    id: part.id ?? `call_${part.nonce.slice(0, 8)}`,
    index,
    type: 'function',
    function: { name: part.name, arguments: part.arguments },
  }))

const finishOf = (answer: Answer): string => {
  if (toolCallsOf(answer).length > 0) return 'tool_calls'
  return answer.finish === 'length' ? 'length' : 'stop'
}

const usageOf = ({ usage }: Answer): JsonObject => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
})
