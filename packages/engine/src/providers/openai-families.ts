/** What is known of a family of OpenAI's models. */
export interface OpenAiFamily {
  /** The efforts that it takes, weakest first; none for a family that does not reason. */
  readonly efforts: readonly string[]
  /** `fixed`: temperature and its kin are refused. `unreasoned`: they are refused while it reasons. */
  readonly sampling: 'free' | 'unreasoned' | 'fixed'
  /** The only protocol in which it is served, where it is not served in both. */
  readonly only?: 'chat' | 'responses'
}

const lowToHigh = ['low', 'medium', 'high']
const plain: OpenAiFamily = { efforts: [], sampling: 'free' }
const reasoning: OpenAiFamily = { efforts: lowToHigh, sampling: 'fixed' }

/**
 * By name, the first that fits (model pages and reasoning guide of platform.openai.com, 2026; "Reasoning models" of Azure).
 * `xhigh` came with gpt-5.1-codex-max and stayed; `none` replaced `minimal` with gpt-5.1.
 */
const families: readonly (readonly [RegExp, OpenAiFamily])[] = [
  [/^(?:gpt-[\w.]+-)?(?:audio|search)-preview|-search-(?:preview|api)|-audio/, { ...plain, only: 'chat' }],
  [/deep-research|^computer-use/, { ...reasoning, efforts: ['medium'], only: 'responses' }],
  [/^o1-mini|^o1-preview/, { efforts: [], sampling: 'fixed', only: 'chat' }],
  [/^o[1-9](?!\d)(?:-\w+)*-pro|^o1-pro/, { ...reasoning, only: 'responses' }],
  [/^o[1-9](?!\d)/, reasoning],
  [/^codex-mini/, { ...reasoning, only: 'responses' }],
  [/^gpt-[5-9](?:\.\d+)?(?:-\w+)*-chat|^gpt-[5-9](?:\.\d+)?-chat/, plain],
  [/^gpt-5-pro/, { efforts: ['high'], sampling: 'fixed', only: 'responses' }],
  [/^gpt-[5-9](?:\.\d+)?-pro/, { efforts: ['medium', 'high', 'xhigh'], sampling: 'fixed', only: 'responses' }],
  [/^gpt-5(?:\.1)?-codex(?!-max)/, { ...reasoning, only: 'responses' }],
  [/^gpt-[5-9](?:\.\d+)?-codex/, { efforts: [...lowToHigh, 'xhigh'], sampling: 'fixed', only: 'responses' }],
  [/^gpt-5\.1(?!\d)/, { efforts: ['none', ...lowToHigh], sampling: 'unreasoned' }],
  [/^gpt-[5-9]\.\d+/, { efforts: ['none', ...lowToHigh, 'xhigh'], sampling: 'unreasoned' }],
  [/^gpt-5(?!\d)/, { efforts: ['minimal', ...lowToHigh], sampling: 'fixed' }],
  [/^gpt-oss/, { efforts: lowToHigh, sampling: 'free' }],
  [/^(?:chatgpt-4o|gpt-4|gpt-3\.5|gpt-35)/, plain],
]

/** The family of a model by its name; undefined where the name says nothing, as that of a deployment may. */
export function familyOf(name: string): OpenAiFamily | undefined {
  const bare = name.toLowerCase().replace(/^(?:ft:|openai\/)+/, '')
  return families.find(([pattern]) => pattern.test(bare))?.[1]
}

/** Whether a model answers no conversations, as its name says: sound, pictures, moderation, and what came before chat. */
export function isUnconversational(name: string): boolean {
  return /^(?:whisper|tts-|dall-e|gpt-image|chatgpt-image|sora|omni-moderation|text-moderation|babbage|davinci)|-(?:tts|transcribe|realtime|instruct)(?:-|$)/.test(
    name,
  )
}
