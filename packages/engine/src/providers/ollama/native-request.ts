import {
  asNumber,
  asObject,
  asObjects,
  asString,
  parseObject,
  type Json,
  type JsonObject,
  type MutableJson,
} from '@crossfeed/protocols'
import { asList } from '../patches/copy-on-write.ts'
import type { PatchContext, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'

/** The context window, in tokens, that the owner set for a model of this name at the upstream. */
export function windowOf(settings: ProviderSettings, wire: string): number | undefined {
  const models = Object.entries(settings.models ?? {})
  return models.find(([name, model]) => (model.wireModel ?? name) === wire)?.[1].limits?.context
}

/** Chat Completions as Ollama's `/api/chat` has it (docs/api.md of ollama/ollama), with `num_ctx`. */
export function asNative(settings: ProviderSettings): RequestPatch {
  return {
    name: 'ollama-native',
    reason: 'user-pain 5.4: the OpenAI route has no num_ctx, and Ollama cuts a longer prompt without a word',
    protocol: 'chat',
    apply(body, target, context) {
      const window = windowOf(settings, target.model)
      return window === undefined ? body : writeNative(body, window, context)
    },
  }
}

/** Where `options` has the members of Chat Completions. */
const optionNames: readonly (readonly [string, string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['top_k', 'top_k'],
  ['min_p', 'min_p'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['presence_penalty', 'presence_penalty'],
  ['frequency_penalty', 'frequency_penalty'],
  ['max_tokens', 'num_predict'],
  ['max_completion_tokens', 'num_predict'],
]
const kept = ['tools', 'keep_alive', 'logprobs', 'top_logprobs', 'truncate', 'shift'] as const
/** Members that say nothing natively, or what happens anyway. */
const silent = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'response_format',
  'reasoning_effort',
  'parallel_tool_calls',
  // The patch before this one has said what there is to say of it.
  'tool_choice',
  'user',
  'options',
  ...kept,
  ...optionNames.map(([name]) => name),
])

function writeNative(body: JsonObject, window: number, context: PatchContext): JsonObject {
  const options: MutableJson = { ...asObject(body['options']), num_ctx: window }
  for (const [name, option] of optionNames) {
    const value = body[name]
    if (value !== undefined && value !== null) options[option] = value
  }
  // Here it has to be a list: option "stop" must be of type array.
  if (typeof options['stop'] === 'string') options['stop'] = [options['stop']]
  const native: MutableJson = {
    model: body['model'] ?? '',
    messages: writeMessages(asObjects(body['messages']), context),
    stream: body['stream'] === true,
    // What does not fit is an error that clients know how to mend, and not cut in silence (Ollama 0.12.6; older ones pass it over).
    truncate: false,
    shift: false,
    options,
  }
  for (const name of kept) if (body[name] !== undefined) native[name] = body[name]
  const format = formatOf(asObject(body['response_format']))
  if (format !== undefined) native['format'] = format
  const think = thinkOf(asString(body['reasoning_effort']))
  if (think !== undefined) native['think'] = think
  for (const name in body) {
    if (silent.has(name) || body[name] === null) continue
    context.lose({ path: name, why: 'Ollama’s own API has no such member' })
  }
  return native
}

function formatOf(format: JsonObject | undefined): Json | undefined {
  if (format?.['type'] === 'json_object') return 'json'
  return format?.['type'] === 'json_schema' ? asObject(format['json_schema'])?.['schema'] : undefined
}

function thinkOf(effort: string | undefined): Json | undefined {
  if (effort === undefined) return undefined
  if (effort === 'none') return false
  return effort === 'low' || effort === 'medium' || effort === 'high' ? effort : true
}

function writeMessages(messages: readonly JsonObject[], context: PatchContext): readonly JsonObject[] {
  /** The names of the tools by the ids of their calls: results go by name here. */
  const names = new Map<string, string>()
  return messages.map((message, index) => {
    const native: MutableJson = { role: message['role'] ?? 'user', ...contentOf(message['content'], index, context) }
    const thinking = asString(message['reasoning']) ?? asString(message['reasoning_content'])
    if (thinking) native['thinking'] = thinking
    const calls = asObjects(message['tool_calls'])
    if (calls.length > 0) native['tool_calls'] = calls.map((call) => writeCall(call, names))
    const id = asString(message['tool_call_id'])
    const name = id === undefined ? undefined : names.get(id)
    if (id !== undefined) native['tool_call_id'] = id
    if (name !== undefined) native['tool_name'] = name
    return native
  })
}

function writeCall(call: JsonObject, names: Map<string, string>): JsonObject {
  const called = asObject(call['function'])
  const name = asString(called?.['name']) ?? ''
  const id = asString(call['id'])
  if (id !== undefined) names.set(id, name)
  const input = parseObject(asString(called?.['arguments']) ?? '') ?? {}
  return { ...(id === undefined ? {} : { id }), function: { name, arguments: input } }
}

/** Text is one string, images are bare base64. */
function contentOf(content: Json | undefined, index: number, context: PatchContext): MutableJson {
  if (typeof content === 'string') return { content }
  const texts: string[] = []
  const images: string[] = []
  for (const part of asList(content) ?? []) {
    const object = asObject(part)
    const url = asString(asObject(object?.['image_url'])?.['url'])
    const data = url === undefined ? undefined : /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1]
    const text = asString(object?.['text'])
    if (text !== undefined) texts.push(text)
    else if (data !== undefined) images.push(data)
    else
      context.lose({ path: `messages[${index}]`, why: `Ollama takes no ${asString(object?.['type']) ?? 'such part'}` })
  }
  return { content: texts.join('\n\n'), ...(images.length === 0 ? {} : { images }) }
}

/** Tokens as Ollama counts them, in the members of Chat Completions. */
export function usageOf(answer: JsonObject): JsonObject {
  const prompt = asNumber(answer['prompt_eval_count']) ?? 0
  const completion = asNumber(answer['eval_count']) ?? 0
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}
