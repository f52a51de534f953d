import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from './gateway.ts'

let emulator: Emulator
let gateway: TestGateway

beforeAll(async () => {
  emulator = createEmulator({ cacheMinimum: 0 })
  const { url } = await emulator.start()
  const baseUrl = `${emulator.urls.anthropic}/v1`
  gateway = await startGateway(url, {
    providers: [{ name: 'anthropic', type: 'anthropic', baseUrl, apiKey: 'sk-ant-test' }],
  })
})
afterAll(async () => {
  await gateway.close()
  await emulator.stop()
})

const words = 'The quick brown fox jumps over the lazy dog. '.repeat(200)

/** Tokens as Chat Completions or Responses counts them. */
interface Counted {
  readonly prompt_tokens?: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number }
  readonly input_tokens?: number
  readonly input_tokens_details?: { readonly cached_tokens?: number }
}

/** The cached share of the third turn of a conversation, by what the client is told. */
async function cachedShare(
  path: string,
  first: object,
  turn: (answer: string, n: number) => object[],
  list: 'messages' | 'input',
): Promise<number> {
  let conversation: object[] = turn('', 1)
  let share = 0
  for (let n = 1; n <= 3; n++) {
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-session-id': 'cache-test' },
      body: JSON.stringify({ ...first, [list]: conversation }),
    })
    // The usage of one of the two protocols, as the status below has it.
    const json = (await answer.json()) as { readonly usage: Counted }
    expect(answer.status, JSON.stringify(json)).toBe(200)
    const usage = json.usage
    const read = usage.prompt_tokens_details?.cached_tokens ?? usage.input_tokens_details?.cached_tokens ?? 0
    share = read / (usage.prompt_tokens ?? usage.input_tokens ?? 0)
    conversation = [...conversation, ...turn('Understood.', n + 1)]
  }
  return share
}

test.each([
  ['chat client, Claude', 'claude-opus-4.7'],
  ['chat client, GPT', 'gpt-5.3-codex'],
  ["chat client, Claude at Anthropic's", 'anthropic/claude-sonnet-4-5'],
])('%s: the third turn is read from the cache', async (_what, model) => {
  const turn = (answer: string, n: number): object[] => [
    ...(answer === '' ? [{ role: 'system', content: words }] : [{ role: 'assistant', content: answer }]),
    { role: 'user', content: `Question ${n}. Say understood.` },
  ]
  expect(await cachedShare('/v1/chat/completions', { model }, turn, 'messages')).toBeGreaterThan(0.9)
})

test.each([
  ['Claude', 'claude-opus-4.7'],
  ["Claude at Anthropic's", 'anthropic/claude-sonnet-4-5'],
])('Responses client, %s: the third turn is read from the cache', async (_what, model) => {
  const turn = (answer: string, n: number): object[] => [
    ...(answer === ''
      ? []
      : [{ role: 'assistant', content: [{ type: 'output_text', text: answer, annotations: [] }] }]),
    { role: 'user', content: `Question ${n}. Say understood.` },
  ]
  expect(await cachedShare('/v1/responses', { model, instructions: words }, turn, 'input')).toBeGreaterThan(0.9)
})
