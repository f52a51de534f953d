import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  createEmulator,
  type Emulator,
  type FaceName,
  type RecordedRequest,
} from '../../packages/emulator/src/index.ts'
import {
  createCodexHosts,
  createOAuthStore,
  createTransport,
  signInToCodexByDevice,
  systemClock,
} from '../../packages/engine/src/index.ts'
import { createApp, loadSettings } from '../../packages/gateway/src/index.ts'
import { createHeardLog, type RequestLine } from '../heard-log.ts'

/** A model of a supply other than Copilot, and the one endpoint of the emulator that has to be asked for it. */
export interface OtherSupply {
  /** The supply's name in the configuration. */
  readonly supply: string
  /** The model's name at the upstream. */
  readonly model: string
  readonly face: FaceName
  /** With the face's prefix. */
  readonly path: string
  /** The same for a client that speaks Chat Completions, where that is another. */
  readonly chatPath?: string
  /** The same for a client of Chat Completions that offers tools and asks for an effort, where that is another again. */
  readonly chatToolsPath?: string
  /** The member of a history in which sealed reasoning goes back; undefined where the upstream seals none. */
  readonly seal?: 'encrypted_content' | 'signature'
  readonly reasons: boolean
  readonly sees: boolean
}

const usual = { reasons: true, sees: true } as const

export const openai: OtherSupply = {
  ...usual,
  supply: 'openai',
  model: 'gpt-5.4',
  face: 'openai',
  path: '/openai/v1/responses',
  chatPath: '/openai/v1/chat/completions',
  // From gpt-5.4 on: refused once, and then the gateway knows.
  chatToolsPath: '/openai/v1/responses',
  seal: 'encrypted_content',
}
const openaiChat: OtherSupply = {
  ...usual,
  supply: 'openai-by-chat',
  model: 'gpt-5-mini',
  face: 'openai',
  path: '/openai/v1/chat/completions',
}
export const azure: OtherSupply = {
  ...usual,
  supply: 'azure',
  model: 'gpt-5.2',
  face: 'azure',
  path: '/azure/openai/v1/responses',
  chatPath: '/azure/openai/v1/chat/completions',
  seal: 'encrypted_content',
}
export const deployment: OtherSupply = {
  ...usual,
  supply: 'deployments',
  model: 'gpt-4.1',
  face: 'azure',
  path: '/azure/openai/deployments/gpt-4.1/chat/completions',
  reasons: false,
}
export const anthropic: OtherSupply = {
  ...usual,
  supply: 'anthropic',
  model: 'claude-opus-4-7',
  face: 'anthropic',
  path: '/anthropic/v1/messages',
  seal: 'signature',
}
export const anthropicByBudget: OtherSupply = { ...anthropic, model: 'claude-sonnet-4-5' }
export const ollama: OtherSupply = {
  ...usual,
  supply: 'ollama',
  model: 'qwen3-vl:8b',
  face: 'ollama',
  path: '/ollama/v1/chat/completions',
}
/** A model whose context is configured, which is asked at Ollama's own endpoint. */
export const ollamaItself: OtherSupply = { ...ollama, model: 'qwen3-vl:32b', path: '/ollama/api/chat' }
export const compatible: OtherSupply = {
  ...usual,
  supply: 'vllm',
  model: 'Qwen/Qwen3-VL-8B',
  face: 'compatible',
  path: '/compatible/v1/chat/completions',
}
export const dashscope: OtherSupply = {
  ...usual,
  supply: 'dashscope',
  model: 'qwen3.6-plus',
  face: 'dashscope',
  path: '/dashscope/compatible-mode/v1/chat/completions',
}
export const chatgpt: OtherSupply = {
  ...usual,
  supply: 'codex',
  model: 'gpt-5.5',
  face: 'codex',
  path: '/codex/backend-api/codex/responses',
  seal: 'encrypted_content',
}

/** One of each way in which a supply other than Copilot is asked. */
export const otherSupplies: readonly OtherSupply[] = [
  openai,
  openaiChat,
  azure,
  deployment,
  anthropic,
  anthropicByBudget,
  ollama,
  ollamaItself,
  compatible,
  dashscope,
  chatgpt,
]

/** What a client that speaks Chat Completions finds: no place for sealed reasoning there. */
export function forChat({ seal: _seal, ...supply }: OtherSupply): OtherSupply {
  return { ...supply, path: supply.chatPath ?? supply.path }
}

/** The same for one that offers tools and asks for an effort. */
export function forChatWithTools(supply: OtherSupply): OtherSupply {
  return { ...forChat(supply), path: supply.chatToolsPath ?? supply.chatPath ?? supply.path }
}

export const titleOf = ({ supply, model, path }: OtherSupply): string => `${supply}/${model} by ${path}`

/** A model of OpenAI that Codex has in its own catalog, so that it uses its tools of free text. */
export const knownToCodex = 'gpt-5.5'
const efforts = ['none', 'low', 'medium', 'high', 'xhigh']

/** A gateway with every supply that is not Copilot, on an emulator that refuses what each of the services refuses. */
export interface FullStage {
  readonly emulator: Emulator
  /** Of the gateway, without a slash at the end. */
  readonly url: string
  /** What the gateway said of each request. */
  readonly lines: RequestLine[]
  close(): Promise<void>
}

/** Starts a gateway from a config file, signed in to ChatGPT; `more` is added to the file. */
export async function startFullStage(more: Readonly<Record<string, unknown>> = {}): Promise<FullStage> {
  const emulator = createEmulator({
    deviceInterval: 0,
    faces: {
      openai: { extraModels: [{ id: knownToCodex, window: 272_000, output: 128_000, vision: true, efforts }] },
      ollama: eyes(ollama, ollamaItself),
      compatible: eyes(compatible),
    },
  })
  await emulator.start()
  const { urls } = emulator
  const home = mkdtempSync(join(tmpdir(), 'crossfeed-client-stage-'))
  await signIn(emulator, home)
  const file = { copilot: false, providers: providersAt(urls), ...more }
  writeFileSync(join(home, 'config.json'), JSON.stringify(file))
  const env = { CROSSFEED_CODEX_URL: `${urls.codex}/backend-api/codex`, CROSSFEED_CODEX_AUTH_URL: urls.codexAuth }
  const settings = await loadSettings({ flags: { port: '0' }, env, home })
  const { log, lines } = createHeardLog()
  const app = createApp(settings, { log, env })
  const { url } = await app.listen()
  emulator.clear()
  return {
    emulator,
    url,
    lines,
    async close() {
      await app.close(0)
      await emulator.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const providersAt = (urls: Emulator['urls']): Readonly<Record<string, unknown>> => ({
  openai: { baseUrl: `${urls.openai}/v1`, endpoints: ['responses', 'chat'], apiKey: 'sk-made-up' },
  'openai-by-chat': { type: 'openai', baseUrl: `${urls.openai}/v1`, apiKey: 'sk-made-up' },
  azure: { baseUrl: urls.azure, azure: { apiVersion: 'v1' }, apiKey: 'made-up' },
  deployments: { type: 'azure', baseUrl: urls.azure, apiKey: 'made-up' },
  anthropic: { baseUrl: urls.anthropic, apiKey: 'sk-ant-api03-made-up' },
  ollama: { baseUrl: urls.ollama, models: { [ollamaItself.model]: { limits: { context: 65_536 } } } },
  vllm: { type: 'openai-compatible', baseUrl: `${urls.compatible}/v1`, apiKey: '' },
  dashscope: { type: 'openai-compatible', baseUrl: `${urls.dashscope}/compatible-mode`, apiKey: 'sk-made-up' },
  codex: {},
})

/** The models of open weights that the emulator has do not see pictures and reason at once. */
const eyes = (...supplies: readonly OtherSupply[]) => ({
  extraModels: supplies.map(({ model }) => ({
    id: model,
    window: 131_072,
    output: 32_768,
    vision: true,
    thinking: true,
  })),
})

async function signIn(emulator: Emulator, home: string): Promise<void> {
  const { urls } = emulator
  const hosts = createCodexHosts({ authUrl: urls.codexAuth, apiUrl: `${urls.codex}/backend-api/codex` })
  const transport = createTransport()
  const key = { provider: 'codex', host: hosts.host }
  const parts = { transport, hosts, version: '0', clock: systemClock, key, onState: () => void emulator.approve() }
  await createOAuthStore(home).save(await signInToCodexByDevice(parts))
  await transport.close()
}

const endpoints = ['/chat/completions', '/responses', '/messages', '/api/chat']

/** The model calls that reached an upstream since the emulator was cleared. */
export function upstreamCalls({ emulator }: Pick<FullStage, 'emulator'>): readonly RecordedRequest[] {
  return emulator
    .requests()
    .filter(({ path, method }) => method === 'POST' && endpoints.some((endpoint) => path.endsWith(endpoint)))
}

/**
 * Holds what reached the emulator to the supply: the endpoint and the model, how many calls, and that none of them was
 * refused, which is so only when each is by the vendor's official schema and by the service's own rules.
 */
export function expectAccepted(stage: Pick<FullStage, 'emulator'>, supply: OtherSupply, count: number): void {
  const calls = upstreamCalls(stage)
  expect(calls.map(({ path, status }) => `${status} ${path}`)).toEqual(calls.map(() => `200 ${supply.path}`))
  expect(calls).toHaveLength(count)
  for (const { body } of calls) {
    // On Azure's dated route the deployment is in the path alone.
    if (supply.supply !== deployment.supply) expect(body).toMatchObject({ model: supply.model })
    // A seal in Crossfeed's own envelope is for clients.
    expect(JSON.stringify(body)).not.toContain('xfs1~')
  }
}

/** How many times sealed reasoning is in the last call's history. */
export function sealsSent(stage: Pick<FullStage, 'emulator'>, { seal }: OtherSupply): number {
  const last = JSON.stringify(upstreamCalls(stage).at(-1)?.body)
  return last.match(new RegExp(`"${seal}":"[^"]{16,}`, 'g'))?.length ?? 0
}
