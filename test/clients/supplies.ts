import type { ProtocolId } from '../../packages/protocols/src/index.ts'

/** A model of the emulator, and the one endpoint that it is asked at. */
export interface Supply {
  readonly name: string
  readonly model: string
  readonly path: '/responses' | '/chat/completions' | '/v1/messages'
  /** Where the model has several endpoints: the one that the gateway's configuration leaves. */
  readonly forced?: ProtocolId
  readonly reasons: boolean
}

export const gpt: Supply = { name: 'GPT on responses', model: 'gpt-5.4', path: '/responses', reasons: true }
export const claude: Supply = {
  name: 'Claude on messages',
  model: 'claude-opus-4.7',
  path: '/v1/messages',
  reasons: true,
}
export const gemini: Supply = {
  name: 'Gemini on chat',
  model: 'gemini-3.1-pro-preview',
  path: '/chat/completions',
  reasons: true,
}

/** One of each kind that Copilot has. */
export const supplies: readonly Supply[] = [
  gpt,
  { name: 'GPT on chat', model: 'gpt-4.1', path: '/chat/completions', reasons: false },
  claude,
  {
    name: 'Claude on chat',
    model: 'claude-sonnet-4.6',
    path: '/chat/completions',
    forced: 'chat',
    reasons: true,
  },
  gemini,
]
