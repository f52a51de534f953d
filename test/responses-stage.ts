import OpenAI from 'openai'
import { afterAll, beforeAll } from 'vitest'
import { createEmulator, type Emulator } from '../packages/emulator/src/index.ts'
import { startGateway, type TestGateway } from './gateway.ts'

/** A gateway between the official SDK and supplies of which some do more of the Responses API than answer, and some do not. */
export interface ResponsesStage {
  readonly emulator: Emulator
  readonly gateway: TestGateway
  /** The same supplies, for the keys `ada` and `bob`. */
  readonly keyed: TestGateway
  /** The SDK, at `gateway` unless another address is given. */
  client(key?: string, url?: string): OpenAI
}

/** Models of supplies that keep answers themselves, and of those that keep nothing. */
export const keeping = ['mine/gpt-5.4', 'blue/gpt-5.4'] as const
export const keepingNothing = ['gpt-5.4', 'claude-sonnet-4.6', 'clay/claude-sonnet-4-6'] as const
export const all: readonly string[] = [...keeping, ...keepingNothing]

/** Any name of a model, for `responses.compact`, whose type lists those of OpenAI. */
export function nameOf(model: string): 'gpt-5.4' {
  return model as 'gpt-5.4' // the SDK sends it as it is
}

/** Sets the stage before the tests of the calling file, and clears it after them: its members are there in tests only. */
export function useResponsesStage(): ResponsesStage {
  const stage: { emulator?: Emulator; gateway?: TestGateway; keyed?: TestGateway } = {}
  beforeAll(async () => {
    stage.emulator = createEmulator()
    const { url } = await stage.emulator.start()
    const { openai, azure, anthropic, compatible } = stage.emulator.urls
    const providers = [
      { name: 'mine', type: 'openai', baseUrl: `${openai}/v1`, apiKey: 'sk-x', endpoints: ['responses', 'chat'] },
      { name: 'blue', type: 'azure', baseUrl: azure, apiKey: 'k', apiVersion: 'v1' },
      { name: 'clay', type: 'anthropic', baseUrl: `${anthropic}/v1`, apiKey: 'sk-ant-x' },
      { name: 'plain', type: 'compatible', baseUrl: `${compatible}/v1`, models: { 'openai/gpt-oss-120b': {} } },
    ] as const
    stage.gateway = await startGateway(url, { providers })
    stage.keyed = await startGateway(url, { providers, apiKeys: ['ada', 'bob'] })
  })
  afterAll(async () => {
    await stage.gateway?.close()
    await stage.keyed?.close()
    await stage.emulator?.stop()
  })
  return {
    get emulator() {
      return stage.emulator!
    },
    get gateway() {
      return stage.gateway!
    },
    get keyed() {
      return stage.keyed!
    },
    client: (key = 'none', url = stage.gateway!.url) =>
      new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 }),
  }
}
