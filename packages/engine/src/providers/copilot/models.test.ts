import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import type { Log } from '../../ports.ts'
import { createTransport } from '../../transport/http.ts'
import { listenHttp } from '../../transport/upstream.test-support.ts'
import type { CopilotAuth, Login } from './auth.ts'
import { createHeaders } from './headers.ts'
import { createCatalogue } from './models.ts'
import { readModels } from './models-read.ts'
import { createResolver } from './models-resolve.ts'

const entry = (id: string, more: object = {}) => ({ id, ...more })
const capabilities = {
  family: 'gpt-5.4',
  type: 'chat',
  limits: {
    max_context_window_tokens: 400_000,
    max_prompt_tokens: 272_000,
    max_output_tokens: 128_000,
    max_non_streaming_output_tokens: 16_000,
    vision: { max_prompt_images: 5 },
  },
  supports: {
    streaming: true,
    tool_calls: true,
    vision: true,
    reasoning_effort: ['low', 'high'],
    adaptive_thinking: { on: 1 },
  },
}

describe('readModels', () => {
  it('reads a whole entry', () => {
    const raw = {
      id: 'gpt-5.4',
      name: 'GPT-5.4',
      vendor: 'OpenAI',
      capabilities: {
        ...capabilities,
        supports: { ...capabilities.supports, min_thinking_budget: 1024, max_thinking_budget: 32_000 },
      },
      supported_endpoints: ['/responses', 'ws:/responses', '/chat/completions', '/brand/new'],
      policy: { state: 'enabled', terms: 'T' },
      billing: {
        multiplier: 1,
        token_prices: {
          batch_size: 1_000_000,
          default: { input_price: 250, output_price: 1500, cache_price: 25, context_max: 272_000 },
          long_context: { input_price: 500, output_price: 2250 },
        },
      },
    }
    expect(readModels({ data: [raw] })).toEqual([
      {
        id: 'gpt-5.4',
        name: 'GPT-5.4',
        vendor: 'OpenAI',
        family: 'gpt-5.4',
        endpoints: ['responses', 'chat'],
        webSocket: ['responses'],
        embeddings: false,
        limits: { context: 400_000, prompt: 272_000, output: 128_000, nonStreamingOutput: 16_000, images: 5 },
        supports: {
          streaming: true,
          toolCalls: true,
          parallelToolCalls: false,
          structuredOutputs: false,
          vision: true,
          efforts: ['low', 'high'],
          adaptiveThinking: true,
          thinkingBudget: { min: 1024, max: 32_000 },
        },
        prices: {
          input: 2.5,
          output: 15,
          cacheRead: 0.25,
          contextMax: 272_000,
          longContext: { input: 5, output: 22.5 },
        },
        multiplier: 1,
        policy: { state: 'enabled', terms: 'T' },
        raw,
      },
    ])
  })

  it.each([
    ['nothing but an id', {}],
    ['nulls', { name: null, vendor: null, capabilities: null, supported_endpoints: null, policy: null, billing: null }],
    [
      'empty objects',
      { capabilities: { limits: {}, supports: null }, supported_endpoints: [], billing: { token_prices: {} } },
    ],
  ])('takes an entry with %s for a chat model', (_name, more) => {
    expect(readModels({ data: [entry('m', more)] })).toMatchObject([
      {
        id: 'm',
        name: 'm',
        vendor: '',
        endpoints: ['chat'],
        webSocket: [],
        embeddings: false,
        limits: {},
        supports: {},
      },
    ])
  })

  it('knows embedding and completion models', () => {
    const of = (type: string) => entry(type, { capabilities: { type } })
    expect(readModels({ data: [of('embeddings'), of('completion')] })).toMatchObject([
      { embeddings: true, endpoints: [] },
      { embeddings: false, endpoints: [] },
    ])
  })

  it('keeps the first usable one of several with one id, and leaves out what has none', () => {
    const data = [
      entry('a', { name: 'off', policy: { state: 'disabled' } }),
      entry('b'),
      entry('a', { name: 'first on' }),
      entry('a', { name: 'second on' }),
      {},
      'x',
      null,
    ]
    expect(readModels({ data }).map((model) => [model.id, model.name])).toEqual([
      ['a', 'first on'],
      ['b', 'b'],
    ])
  })
})

describe('the spelling of names', () => {
  const ids = [
    'claude-haiku-4.5',
    'claude-opus-4.6',
    'claude-opus-4.6-1m',
    'claude-opus-4.7',
    'claude-sonnet-4.6',
    'gpt-4.1',
    'gpt-4o',
    'gpt-4o-2024-11-20',
    'gpt-5.4',
    'Strange-Case.1',
    'copilot/own',
  ]
  const resolver = createResolver(readModels({ data: ids.map((id) => entry(id)) }))

  it.each([
    ...ids.map((id) => [id, id]),
    ['claude-haiku-4-5-20251001', 'claude-haiku-4.5'],
    ['claude-haiku-4.5-20251001', 'claude-haiku-4.5'],
    ['claude-opus-4-6', 'claude-opus-4.6'],
    ['Claude-Opus-4-7', 'claude-opus-4.7'],
    ['claude-sonnet-4-6-latest', 'claude-sonnet-4.6'],
    ['github_copilot/gpt-5.4', 'gpt-5.4'],
    ['copilot/GPT-5-4', 'gpt-5.4'],
    ['claude/gpt-5.4', 'gpt-5.4'],
    ['gpt-5.4-2026-03-05', 'gpt-5.4'],
    ['strange-case-1', 'Strange-Case.1'],
    ['claude-opus-4-6[1m]', 'claude-opus-4.6-1m'],
    ['claude-opus-4.6[1M][1m]', 'claude-opus-4.6-1m'],
    ['claude-opus-4.7[1m]', 'claude-opus-4.7'],
    ['claude/gpt-5.4[1m]', 'gpt-5.4'],
    ['github_copilot/claude-opus-4-6-20260101[1m]', 'claude-opus-4.6-1m'],
  ])('%s is %s', (name, id) => {
    expect(resolver.resolve(name)?.id).toBe(id)
  })

  it.each(['claude-opus-4-9', 'gpt-4', 'claude-opus[1m]-4.6', 'openai/gpt-5.4', '', '[1m]', 'gpt-4-0125-preview'])(
    '%s is none',
    (name) => {
      expect(resolver.resolve(name)).toBeUndefined()
    },
  )

  it('names the nearest that can be used', () => {
    expect(resolver.nearest('claude-opus-4-9', 2)).toEqual(['claude-opus-4.6', 'claude-opus-4.7'])
    const gated = createResolver(readModels({ data: [entry('a1', { policy: { state: 'disabled' } }), entry('a2')] }))
    expect(gated.nearest('a1', 3)).toEqual(['a2'])
  })

  it('looks for no name that is longer than any: a megabyte of it would stop all others for minutes', () => {
    const name = `${'[1m]'.repeat(250_000)}x`
    expect(resolver.resolve(name)).toBeUndefined()
    expect(resolver.nearest(name, 3)).toEqual([])
  })
})

describe('the catalogue', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  async function start() {
    const script = { status: 200, body: { data: [entry('one')] } as object | string }
    const bearers: string[] = []
    const upstream = await listenHttp((request, response) => {
      bearers.push(request.headers.authorization ?? '')
      response.writeHead(script.status).end(typeof script.body === 'string' ? script.body : JSON.stringify(script.body))
    })
    let count = 1
    let githubToken = 'gho_canary'
    const loginNow = (): Login => ({
      bearer: `T${count}`,
      base: upstream.origin,
      way: 'exchanged',
      app: undefined,
      from: 'test',
      login: undefined,
      sku: undefined,
      githubToken,
      expiresAt: Number.MAX_SAFE_INTEGER,
    })
    const auth: CopilotAuth = {
      current: loginNow,
      token: async () => loginNow(),
      invalidate: () => ++count > 0,
      close() {},
    }
    const lines: string[] = []
    const write = (line: string | (() => string)) => void lines.push(typeof line === 'string' ? line : line())
    const log: Log = { debug: write, info: write, warn: write, error: write }
    const clock = createFakeClock()
    const transport = createTransport()
    open.push(upstream, transport)
    const writeHeaders = createHeaders({ profile: 'crossfeed', version: '1' })
    const catalogue = createCatalogue({ transport, clock, log, auth, writeHeaders: () => writeHeaders })
    return { catalogue, clock, script, bearers, lines, signInAs: (token: string) => (githubToken = token) }
  }

  it('is fetched once for many, and kept ten minutes', async () => {
    const { catalogue, clock, bearers } = await start()
    expect(catalogue.isFresh()).toBe(false)
    await Promise.all(Array.from({ length: 20 }, () => catalogue.load()))
    expect(catalogue.models().map((model) => model.id)).toEqual(['one'])
    await clock.advance(599_000)
    await catalogue.load()
    expect(catalogue.isFresh()).toBe(true)
    expect(bearers).toEqual(['Bearer T1'])
  })

  it('is renewed in the background, and the old list serves meanwhile', async () => {
    const { catalogue, clock, script } = await start()
    await catalogue.load()
    script.body = { data: [entry('two')] }
    await clock.advance(600_000)
    expect(catalogue.isFresh()).toBe(false)
    await catalogue.load()
    expect(catalogue.resolve('one')?.id).toBe('one')
    await expect.poll(() => catalogue.resolve('two')?.id).toBe('two')
    expect(catalogue.isFresh()).toBe(true)
  })

  it.each<[number, object | string]>([
    [429, { error: { message: 'slow down', code: 'rate_limited' } }],
    [500, '<html>'],
    [200, 'nonsense'],
    [200, { data: null }],
    [200, { data: [{ name: 'without an id' }] }],
  ])('keeps the last good list after %i %j, and does not ask again at once', async (status, body) => {
    const { catalogue, clock, script, bearers, lines } = await start()
    await catalogue.load()
    Object.assign(script, { status, body })
    await clock.advance(600_000)
    await catalogue.load()
    await expect.poll(() => lines.length).toBe(1)
    expect(catalogue.resolve('one')?.id).toBe('one')
    await catalogue.load()
    expect(bearers).toHaveLength(2)
    await clock.advance(30_000)
    await catalogue.load()
    await expect.poll(() => lines.length).toBe(2)
  })

  it('says why there is none', async () => {
    const { catalogue, script } = await start()
    Object.assign(script, { status: 429, body: { error: { message: 'slow down', code: 'rate_limited' } } })
    await expect(catalogue.load()).rejects.toMatchObject({ code: 'rate-limited', message: 'slow down' })
  })

  it('replaces a refused bearer once', async () => {
    const { catalogue, script, bearers } = await start()
    Object.assign(script, { status: 401, body: 'unauthorized: token expired' })
    await expect(catalogue.load()).rejects.toMatchObject({ code: 'unauthorized' })
    expect(bearers).toEqual(['Bearer T1', 'Bearer T2'])
  })

  it('belongs to one sign-in', async () => {
    const { catalogue, script, signInAs } = await start()
    await catalogue.load()
    script.body = { data: [entry('theirs')] }
    signInAs('gho_other')
    await catalogue.load()
    expect(catalogue.models().map((model) => model.id)).toEqual(['theirs'])
  })
})
