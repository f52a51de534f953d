import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator, EmulatorOptions, FaceName } from '@crossfeed/emulator'
import {
  createCodex,
  createCodexHosts,
  createOAuthStore,
  createTransport,
  signInToCodexByDevice,
  systemClock,
  type createProvider,
  type ProviderSettings,
} from '@crossfeed/engine'
import type { ProtocolId } from '@crossfeed/protocols'

/** A way to reach a model that the recorded traffic is sent through. */
export interface RecordedSupply {
  readonly title: string
  readonly face: FaceName
  /** The protocols that it is reached by. */
  readonly speaks: readonly ProtocolId[]
  readonly model: string
  /** `base` is the address of the stand-in, without the paths of its service. */
  settings(base: string): ProviderSettings
  /** Makes the provider where it is none that a key lets in; `emulator` signs in. */
  make?(base: string, emulator: Emulator): Promise<typeof createProvider>
}

const key = { apiKey: 'sk-test' }

/** Every kind of supply by each of its endpoints, with models of different habits. */
export const supplies: readonly RecordedSupply[] = [
  {
    title: 'openai by responses',
    face: 'openai',
    speaks: ['responses'],
    model: 'gpt-5.4',
    settings: (base) => ({ name: 's', type: 'openai', baseUrl: `${base}/v1`, endpoints: ['responses'], ...key }),
  },
  {
    title: 'openai by chat',
    face: 'openai',
    speaks: ['chat'],
    model: 'gpt-5-mini',
    settings: (base) => ({ name: 's', type: 'openai', baseUrl: `${base}/v1`, endpoints: ['chat'], ...key }),
  },
  {
    title: 'openai with a model that does not reason',
    face: 'openai',
    speaks: ['responses', 'chat'],
    model: 'gpt-4.1',
    settings: (base) => ({
      name: 's',
      type: 'openai',
      baseUrl: `${base}/v1`,
      endpoints: ['responses', 'chat'],
      ...key,
    }),
  },
  {
    title: 'azure by deployment',
    face: 'azure',
    speaks: ['chat'],
    model: 'gpt-4.1',
    settings: (base) => ({ name: 's', type: 'azure', baseUrl: base, apiKey: 'azure-key' }),
  },
  {
    title: 'azure by v1',
    face: 'azure',
    speaks: ['responses', 'chat'],
    model: 'gpt-5.4',
    settings: (base) => ({ name: 's', type: 'azure', baseUrl: base, apiVersion: 'v1', apiKey: 'azure-key' }),
  },
  {
    title: 'anthropic with a model that thinks by budget',
    face: 'anthropic',
    speaks: ['messages'],
    model: 'claude-sonnet-4-5',
    settings: (base) => ({ name: 's', type: 'anthropic', baseUrl: `${base}/v1`, apiKey: 'sk-ant-api03-test' }),
  },
  {
    title: 'anthropic with a model that thinks adaptively',
    face: 'anthropic',
    speaks: ['messages'],
    model: 'claude-opus-4-7',
    settings: (base) => ({ name: 's', type: 'anthropic', baseUrl: `${base}/v1`, apiKey: 'sk-ant-api03-test' }),
  },
  {
    title: 'ollama',
    face: 'ollama',
    speaks: ['chat'],
    model: 'qwen3-vl:8b',
    settings: (base) => ({ name: 's', type: 'ollama', baseUrl: `${base}/v1` }),
  },
  {
    title: 'a compatible server by chat',
    face: 'compatible',
    speaks: ['chat'],
    model: 'Qwen/Qwen3-VL-8B',
    settings: (base) => ({ name: 's', type: 'compatible', baseUrl: `${base}/v1` }),
  },
  {
    title: 'a compatible server by responses',
    face: 'compatible',
    speaks: ['responses'],
    model: 'Qwen/Qwen3-VL-8B',
    settings: (base) => ({ name: 's', type: 'compatible', baseUrl: `${base}/v1`, endpoints: ['responses'] }),
  },
  {
    title: 'dashscope',
    face: 'dashscope',
    speaks: ['chat'],
    model: 'qwen3.6-plus',
    settings: (base) => ({ name: 's', type: 'compatible', baseUrl: `${base}/compatible-mode/v1`, ...key }),
  },
  {
    title: 'codex',
    face: 'codex',
    speaks: ['responses'],
    model: 'gpt-5.5',
    settings: () => ({ name: 's', type: 'openai' }),
    async make(base, { urls, approve }) {
      const hosts = createCodexHosts({ authUrl: urls.codexAuth, apiUrl: `${base}/backend-api/codex` })
      const store = createOAuthStore(mkdtempSync(join(tmpdir(), 'crossfeed-recorded-')))
      const transport = createTransport()
      const signInKey = { provider: 's', host: hosts.host }
      const parts = { transport, hosts, version: '0', clock: systemClock, key: signInKey }
      await store.save(await signInToCodexByDevice({ ...parts, onState: () => void approve() }))
      await transport.close()
      return ({ name }, given) => createCodex({ name }, { ...given, hosts, store })
    },
  },
]

const vision = { window: 400_000, output: 64_000, vision: true, thinking: true }

/** Models of stand-ins whose own are too small for the recorded requests. */
export const emulatorOptions: EmulatorOptions = {
  deviceInterval: 1,
  faces: {
    ollama: { extraModels: [{ id: 'qwen3-vl:8b', ...vision }] },
    compatible: { extraModels: [{ id: 'Qwen/Qwen3-VL-8B', ...vision }], developerRole: false },
  },
}
