/** What `auth login --provider <name>` fills in by itself. */
export interface ProviderPreset {
  /** The entry's `type`, in the words of the config file. */
  readonly type: string
  readonly baseUrl?: string
  /** The variable that usually holds the key; undefined where no key is needed. */
  readonly keyVariable?: string
  /** A sentence for people who choose it. */
  readonly hint: string
  /** The address differs from one owner to the next: it is asked for, with this as the form that it has. */
  readonly addressForm?: string
}

/** Known supplies (PROV-31; addresses as their vendors document them, 2026). */
export const providerPresets: Readonly<Record<string, ProviderPreset>> = {
  openai: { type: 'openai', keyVariable: 'OPENAI_API_KEY', hint: 'platform.openai.com' },
  anthropic: { type: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', hint: 'platform.claude.com' },
  azure: {
    type: 'azure',
    keyVariable: 'AZURE_OPENAI_API_KEY',
    hint: 'a resource in Azure',
    addressForm: 'https://<resource>.openai.azure.com',
  },
  deepseek: {
    type: 'anthropic',
    baseUrl: 'https://api.deepseek.com/anthropic',
    keyVariable: 'DEEPSEEK_API_KEY',
    hint: 'platform.deepseek.com',
  },
  dashscope: {
    type: 'openai-compatible',
    baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode',
    keyVariable: 'DASHSCOPE_API_KEY',
    hint: 'Alibaba Cloud Model Studio',
  },
  openrouter: {
    type: 'anthropic',
    baseUrl: 'https://openrouter.ai/api',
    keyVariable: 'OPENROUTER_API_KEY',
    hint: 'openrouter.ai',
  },
  kimi: {
    type: 'openai-compatible',
    baseUrl: 'https://api.kimi.com/coding',
    keyVariable: 'KIMI_API_KEY',
    hint: 'kimi.com',
  },
  'opencode-go': {
    type: 'openai-compatible',
    baseUrl: 'https://opencode.ai/zen/go',
    keyVariable: 'OPENCODE_API_KEY',
    hint: 'opencode.ai',
  },
  'foundry-local': {
    type: 'openai-compatible',
    hint: 'on this machine; foundry service status says the port',
    addressForm: 'http://localhost:<port>/v1',
  },
  ollama: { type: 'ollama', baseUrl: 'http://localhost:11434', hint: 'on this machine' },
  custom: {
    type: 'openai-compatible',
    hint: "any server that speaks OpenAI's Chat Completions",
    addressForm: 'http://localhost:8000/v1',
  },
}
