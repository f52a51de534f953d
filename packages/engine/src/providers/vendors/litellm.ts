import type { ProviderType } from '../settings.ts'

/** What stands before the slash in LiteLLM's `model`. */
export interface Vendor {
  readonly type: ProviderType
  /** How people write its `api_base`. */
  readonly spelling: 'whole' | 'bare' | 'host'
  /** Where it is when nothing is said; undefined where there is no such place. */
  readonly baseUrl?: string
  /** The variables that LiteLLM reads where the entry says nothing, first one first. */
  readonly baseVariables?: readonly string[]
  readonly keyVariables?: readonly string[]
  /** Serves without a key. */
  readonly keyless?: true
  /** Its name here, where the word is but a variant of another. */
  readonly name?: string
}

const ollama: Vendor = {
  type: 'ollama',
  spelling: 'bare',
  baseUrl: 'http://localhost:11434',
  baseVariables: ['OLLAMA_API_BASE'],
  keyVariables: ['OLLAMA_API_KEY'],
  keyless: true,
  name: 'ollama',
}
const openai: Vendor = {
  type: 'openai',
  spelling: 'whole',
  baseUrl: 'https://api.openai.com/v1',
  baseVariables: ['OPENAI_BASE_URL', 'OPENAI_API_BASE'],
  keyVariables: ['OPENAI_API_KEY'],
}

/** A service with OpenAI's protocol at one address. */
function hosted(baseUrl: string, ...keyVariables: readonly string[]): Vendor {
  return { type: 'compatible', spelling: 'whole', baseUrl, keyVariables }
}

/** A server with OpenAI's protocol that its owner runs. */
function selfHosted(variable: string): Vendor {
  return {
    type: 'compatible',
    spelling: 'whole',
    baseVariables: [`${variable}_API_BASE`],
    keyVariables: [`${variable}_API_KEY`],
    keyless: true,
  }
}

/** The providers of LiteLLM that can be served, with its defaults (docs.litellm.ai, "Providers"; 2026). */
const vendors: ReadonlyMap<string, Vendor> = new Map<string, Vendor>([
  ['openai', openai],
  ['custom_openai', { ...openai, name: 'openai' }],
  ['openai_like', selfHosted('OPENAI_LIKE')],
  [
    'azure',
    {
      type: 'azure',
      spelling: 'host',
      baseVariables: ['AZURE_API_BASE'],
      keyVariables: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'],
    },
  ],
  [
    'anthropic',
    {
      type: 'anthropic',
      spelling: 'bare',
      baseUrl: 'https://api.anthropic.com',
      baseVariables: ['ANTHROPIC_API_BASE', 'ANTHROPIC_BASE_URL'],
      keyVariables: ['ANTHROPIC_API_KEY'],
    },
  ],
  ['ollama', ollama],
  ['ollama_chat', ollama],
  ['hosted_vllm', selfHosted('HOSTED_VLLM')],
  ['lm_studio', selfHosted('LM_STUDIO')],
  ['litellm_proxy', selfHosted('LITELLM_PROXY')],
  ['llamafile', { ...selfHosted('LLAMAFILE'), baseUrl: 'http://127.0.0.1:8080/v1' }],
  [
    'dashscope',
    {
      ...hosted('https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'),
      baseVariables: ['DASHSCOPE_API_BASE'],
    },
  ],
  ['openrouter', hosted('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY', 'OR_API_KEY')],
  ['deepseek', hosted('https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY')],
  ['moonshot', hosted('https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY')],
  ['groq', hosted('https://api.groq.com/openai/v1', 'GROQ_API_KEY')],
  ['mistral', hosted('https://api.mistral.ai/v1', 'MISTRAL_API_KEY')],
  ['xai', hosted('https://api.x.ai/v1', 'XAI_API_KEY')],
  ['together_ai', hosted('https://api.together.xyz/v1', 'TOGETHERAI_API_KEY', 'TOGETHER_AI_TOKEN')],
  ['fireworks_ai', hosted('https://api.fireworks.ai/inference/v1', 'FIREWORKS_AI_API_KEY', 'FIREWORKS_API_KEY')],
  ['cerebras', hosted('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY')],
  ['nvidia_nim', hosted('https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY')],
  ['deepinfra', hosted('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY')],
  ['gemini', hosted('https://generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY', 'GOOGLE_API_KEY')],
])

/** The words for supplies that have a sign-in of their own. */
const signIns: ReadonlyMap<string, 'copilot' | 'codex'> = new Map([
  ['github_copilot', 'copilot'],
  ['chatgpt', 'codex'],
])

/** What a provider word of LiteLLM means here; undefined for one that cannot be served. */
export function vendorCalled(word: string): Vendor | 'copilot' | 'codex' | undefined {
  return vendors.get(word) ?? signIns.get(word)
}

/** Every word that is known, for "did you mean". */
export const vendorWords: readonly string[] = [...vendors.keys(), ...signIns.keys()]

/** The vendor of a name without one, where the name itself tells. */
export function vendorOfBareName(model: string): string | undefined {
  if (/^(?:gpt-|o\d|chatgpt-|text-embedding-)/.test(model)) return 'openai'
  return model.startsWith('claude-') ? 'anthropic' : undefined
}
