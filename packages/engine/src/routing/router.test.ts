import { GatewayError, plainTraits, type ErrorCode } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.test-support.ts'
import { plainModel } from '../providers/model-settings/models.ts'
import type { Provider, Supply } from '../providers/provider.ts'
import { noFallbacks, type Alias } from './aliases.ts'
import type { Asked, Route, Router } from './route.ts'
import { createRouter, type RouterOptions } from './router.ts'

const clock = createFakeClock()

/** A provider that lists `models`; an open one takes any name that it is asked for expressly. */
function provider(
  id: string,
  models: readonly string[],
  more: { open?: boolean; failure?: GatewayError; isBare?: true; spellings?: Readonly<Record<string, string>> } = {},
): Provider {
  const supplies = new Map<string, Supply>()
  const supplyOf = (model: string): Supply => {
    const known = supplies.get(model)
    if (known) return known
    const target = { provider: id, account: '', name: model, model, issuer: id, traits: plainTraits, limits: {} }
    const info = plainModel(model, { name: id, type: 'openai' })
    const supply: Supply = {
      provider: self,
      model,
      info,
      vendor: '',
      speaks: ['chat'],
      target: (protocol) => ({ ...target, protocol }),
    }
    supplies.set(model, supply)
    return supply
  }
  const self: Provider = {
    id,
    aliases: id === 'copilot' ? ['github_copilot'] : [],
    ...(more.isBare ? { isBare: true } : {}),
    find(name, expressly) {
      if (more.failure) return Promise.reject(more.failure)
      const model = more.spellings?.[name] ?? name
      return models.includes(model) || (expressly && more.open) ? supplyOf(model) : undefined
    },
    nearest: () => models.slice(0, 3),
    models: async () => [],
    address: () => ({ origin: '', path: '', headers: {} }),
    embeddings: () => ({ origin: '', path: '', headers: {} }),
    isStaleLogin: () => false,
    explain: (error) => error,
    readLeft: () => undefined,
    readReset: () => undefined,
    isReady: () => true,
    requestPatches: [],
    replyPatches: [],
    eventPatches: [],
  }
  return self
}

const copilot = provider('copilot', ['gpt-5', 'claude-sonnet'], { isBare: true })
const openai = provider('openai', ['gpt-5', 'o3'], { open: true })
const router = (options: Partial<RouterOptions> = {}): Router =>
  createRouter({ clock, providers: [copilot, openai], ...options })
const ask = async (from: Router, model: string, more: Partial<Asked> = {}): Promise<Route> =>
  from.route({ model, session: () => undefined, ...more })
const nameOf = (supply: Supply): string => `${supply.provider.id}/${supply.info.id}`
const firstOf = async (from: Router, model: string, more: Partial<Asked> = {}): Promise<string> =>
  nameOf((await ask(from, model, more)).first)
const failure = (code: ErrorCode, status: number, retryAfter?: number): GatewayError =>
  new GatewayError(code, status, 'no', {
    reason: `upstream-${status}`,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
/** Where a request goes after `error` at the first target, by what the router says. */
const after = (from: Router, route: Route, error: GatewayError, tried = [route.first]): string[] =>
  from.next(route, tried, error).map((one) => `${one.provider}/${one.model}`)

const pair: Alias = {
  name: 'fast',
  targets: [
    { provider: 'copilot', model: 'gpt-5', order: 0 },
    { provider: 'openai', model: 'o3', order: 1 },
  ],
}

describe('a name', () => {
  it.each([
    ['gpt-5', 'copilot/gpt-5'],
    ['o3', 'openai/o3'],
    ['openai/gpt-5', 'openai/gpt-5'],
    ['openai/some/new-model', 'openai/some/new-model'],
    ['github_copilot/gpt-5', 'copilot/gpt-5'],
    ['fast', 'copilot/gpt-5'],
    ['fast[1m]', 'copilot/gpt-5'],
    ['claude/fast', 'copilot/gpt-5'],
    ['claude/openai/gpt-5[1m]', 'openai/gpt-5'],
    ['claude/gpt-5', 'copilot/gpt-5'],
    ['mapped', 'openai/o3'],
  ])('%s leads to %s', async (name, expected) => {
    expect(await firstOf(router({ aliases: [pair], modelMappings: { mapped: 'openai/o3' } }), name)).toBe(expected)
  })

  it.each([
    ['claude-opus', 'openai/anthropic-opus'],
    ['claude-opus[1m]', 'openai/anthropic-opus'],
    ['claude-sonnet-9', 'openai/sonnet/9'],
    ['claude-fixed', 'copilot/gpt-5'],
    ['claude-', 'openai/any-claude-'],
    ['whatever', 'openai/any-whatever'],
    ['gpt-5', 'openai/any-gpt-5'],
    ['openai/x', 'openai/x'],
    ['mine/a/b', 'openai/a/b'],
    ['claude/mine/a', 'openai/a'],
    ['copilot/gpt-5-copy', 'copilot/gpt-5'],
    ['constructor', 'openai/any-constructor'],
  ])('%s leads to %s by the pattern that says most of it', async (name, expected) => {
    const to = (pattern: string, model: string, id = 'openai') => ({
      name: pattern,
      targets: [{ provider: id, model }],
    })
    const aliases = [
      to('*', 'any-*'),
      to('claude-*', 'anthropic-*'),
      to('claude-sonnet-*', 'sonnet/*'),
      to('claude-fixed', 'gpt-5', 'copilot'),
      to('mine/*', '*'),
      to('copilot/*-copy', '*', 'copilot'),
    ]
    expect(await firstOf(router({ aliases }), name)).toBe(expected)
  })

  it('of a pattern shares the load of its targets, and falls back by its own name or the pattern’s', async () => {
    const targets = [
      { provider: 'copilot', model: '*', order: 0 },
      { provider: 'openai', model: '*', order: 1 },
    ]
    const other = { name: 'spare-*', targets: [{ provider: 'openai', model: 'o-*' }] }
    const general = { 'my-*': ['spare-3'] }
    const from = router({ aliases: [{ name: 'my-*', targets }, other], fallbacks: { ...noFallbacks, general } })
    const route = await ask(from, 'my-gpt-5')
    expect(route).toMatchObject({ alias: 'my-gpt-5' })
    expect(nameOf(route.first)).toBe('copilot/gpt-5')
    expect(after(from, route, failure('overloaded', 503))).toEqual(['openai/gpt-5', 'openai/o-3'])
  })

  it('may be an alias that hides a model of the same name', async () => {
    const hiding = { name: 'gpt-5', targets: [{ provider: 'openai', model: 'gpt-5' }] }
    expect(await firstOf(router({ aliases: [hiding] }), 'gpt-5')).toBe('openai/gpt-5')
  })

  it.each(['nope', 'unknown/gpt-5', 'copilot/nope', 'constructor', '__proto__'])(
    '%s leads nowhere, and says what is near',
    async (name) => {
      await expect(ask(router(), name)).rejects.toMatchObject({ status: 404, reason: 'model-not-found' })
      await expect(ask(router(), name)).rejects.toThrow(/Nearest: /)
    },
  )

  it('goes to the only supply when nobody lists it and nobody is signed in to Copilot', async () => {
    const signedOut = new GatewayError('unauthorized', 401, 'Nobody is signed in.', { reason: 'no-sign-in' })
    const providers = [provider('copilot', [], { failure: signedOut, isBare: true }), openai]
    expect(await firstOf(router({ providers }), 'llama-9')).toBe('openai/llama-9')
    await expect(ask(router({ providers: [...providers, provider('other', [])] }), 'llama-9')).rejects.toThrow(
      'No model called llama-9',
    )
  })
})

describe('a bare name that nobody has, where the list of one cannot be had', () => {
  const refusal = new GatewayError('unauthorized', 401, 'Incorrect API key.', { reason: 'upstream-401' })
  const down = provider('down', [], { failure: refusal })

  it('is a model that is not there, and not the trouble of that one', async () => {
    await expect(ask(router({ providers: [copilot, openai, down] }), 'nope')).rejects.toMatchObject({
      status: 404,
      reason: 'model-not-found',
      message: expect.stringMatching(/^No model called nope\. Nearest: .*\. Not known now: the models of down\.$/),
    })
  })

  it.each([
    ['it is the account, whose names are bare', [provider('copilot', [], { failure: refusal, isBare: true }), openai]],
    ['it is the only one', [down]],
    ['there is no list at all', [down, provider('too', [], { failure: refusal })]],
  ])('is that trouble where %s', async (_where, providers) => {
    await expect(ask(router({ providers }), 'nope')).rejects.toBe(refusal)
  })
})

describe('a route of a supply', () => {
  it('asks that supply alone, with or without its name before the model', async () => {
    expect(await firstOf(router(), 'gpt-5', { provider: 'openai' })).toBe('openai/gpt-5')
    expect(await firstOf(router(), 'openai/gpt-5', { provider: 'openai' })).toBe('openai/gpt-5')
    expect(await firstOf(router({ aliases: [pair] }), 'fast', { provider: 'openai' })).toBe('openai/fast')
  })

  it('asks that supply alone: no mapping and no fallback leads away from it', async () => {
    const fallbacks = { ...noFallbacks, general: { o3: ['copilot/gpt-5'] }, byDefault: ['copilot/gpt-5'] }
    const from = router({ modelMappings: { o3: 'copilot/gpt-5' }, fallbacks })
    const route = await ask(from, 'o3', { provider: 'openai' })
    expect(nameOf(route.first)).toBe('openai/o3')
    expect(after(from, route, failure('rate-limited', 429))).toEqual([])
  })

  it('refuses a name that no supply has', async () => {
    await expect(ask(router(), 'gpt-5', { provider: 'nope' })).rejects.toMatchObject({ reason: 'provider-not-found' })
  })
})

describe('an alias', () => {
  it('goes on at the next target after what may pass elsewhere, and not after what is at fault in the request', async () => {
    const from = router({ aliases: [pair] })
    const route = await ask(from, 'fast')
    for (const error of [
      failure('rate-limited', 429),
      failure('upstream', 502),
      failure('forbidden', 403),
      failure('quota', 402),
      new GatewayError('unauthorized', 401, 'Nobody is signed in.', { reason: 'sign-in-ended' }),
      new GatewayError('invalid-request', 400, 'It cannot take that.', { reason: 'loss-refused' }),
    ])
      expect(after(from, route, error)).toEqual(['openai/o3'])
    for (const error of [failure('unauthorized', 401), failure('not-found', 404)])
      expect(after(from, route, error)).toEqual([])
    expect(after(from, route, failure('invalid-request', 400))).toEqual([])
    expect(after(from, route, failure('context-overflow', 400))).toEqual([])
  })

  it('shares the load by weight, and keeps a conversation where it is', async () => {
    const shared: Alias = {
      name: 'shared',
      targets: [
        { provider: 'copilot', model: 'gpt-5', weight: 3 },
        { provider: 'openai', model: 'o3', weight: 1 },
      ],
    }
    const from = router({ aliases: [shared] })
    const counts: Record<string, number> = {}
    for (let index = 0; index < 800; index++) {
      const session = (): string => `conversation ${index}`
      const first = await firstOf(from, 'shared', { session })
      counts[first] = (counts[first] ?? 0) + 1
      expect(await firstOf(from, 'shared', { session })).toBe(first)
    }
    expect(counts['copilot/gpt-5']).toBeGreaterThan(520)
    expect(counts['openai/o3']).toBeGreaterThan(120)
  })

  it('never begins at a target of weight nothing', async () => {
    const targets = [
      { provider: 'copilot', model: 'gpt-5', weight: 0 },
      { provider: 'openai', model: 'o3', weight: 1 },
    ]
    const from = router({ aliases: [{ name: 'off', targets }] })
    for (let index = 0; index < 20; index++) expect(await firstOf(from, 'off')).toBe('openai/o3')
  })
})

describe('a target that fails', () => {
  it('is left alone after a limit until it said it would take requests again', async () => {
    const from = router({ aliases: [pair] })
    const { first } = await ask(from, 'fast')
    from.failed(first, failure('rate-limited', 429, 60), undefined)
    expect(await firstOf(from, 'fast')).toBe('openai/o3')
    await clock.advance(61_000)
    expect(await firstOf(from, 'fast')).toBe('copilot/gpt-5')
  })

  it('is left alone for all its models once the quota is used up, and comes back when it resets', async () => {
    const other = {
      name: 'other',
      targets: [
        { provider: 'copilot', model: 'claude-sonnet', order: 0 },
        { provider: 'openai', model: 'o3', order: 1 },
      ],
    }
    const from = router({ aliases: [pair, other] })
    from.failed((await ask(from, 'fast')).first, failure('quota', 402), clock.now() + 120_000)
    expect(await firstOf(from, 'other')).toBe('openai/o3')
    await clock.advance(121_000)
    expect(await firstOf(from, 'other')).toBe('copilot/claude-sonnet')
  })

  it('may fail three times in a row for other reasons, and an answer in between forgives them', async () => {
    const from = router({ aliases: [pair] })
    const { first } = await ask(from, 'fast')
    const fail = (times: number): void => {
      for (let nth = 0; nth < times; nth++) from.failed(first, failure('upstream', 502), undefined)
    }
    fail(3)
    from.served(first)
    fail(3)
    expect(await firstOf(from, 'fast')).toBe('copilot/gpt-5')
    fail(1)
    expect(await firstOf(from, 'fast')).toBe('openai/o3')
  })

  it('is left alone under whatever spelling an alias has for it, and is not its own fallback', async () => {
    const spelled = provider('copilot', ['gpt-5'], { isBare: true, spellings: { 'GPT-5-2025': 'gpt-5' } })
    const targets = [
      { provider: 'copilot', model: 'GPT-5-2025', order: 0 },
      { provider: 'openai', model: 'o3', order: 1 },
    ]
    const from = router({ providers: [spelled, openai], aliases: [{ name: 'fast', targets }] })
    const route = await ask(from, 'fast')
    expect(nameOf(route.first)).toBe('copilot/gpt-5')
    expect(after(from, route, failure('rate-limited', 429))).toEqual(['openai/o3'])
    from.failed(route.first, failure('rate-limited', 429, 60), undefined)
    expect(await firstOf(from, 'fast')).toBe('openai/o3')
  })

  it('is asked all the same when every target is being left alone', async () => {
    const from = router({ aliases: [pair] })
    const route = await ask(from, 'fast')
    const second = await from.next(route, [route.first], failure('upstream', 502))[0]?.find()
    for (const supply of [route.first, second!]) from.failed(supply, failure('rate-limited', 429, 60), undefined)
    expect(await firstOf(from, 'fast')).toBe('copilot/gpt-5')
  })
})

describe('fallbacks', () => {
  const fallbacks = {
    ...noFallbacks,
    general: { 'gpt-5': ['openai/gpt-5', 'fast'] },
    contextWindow: { 'gpt-5': ['claude-sonnet'] },
    contentPolicy: { 'gpt-5': ['openai/o3'] },
    byDefault: ['openai/last'],
  }

  it('are chosen by what failed', async () => {
    const from = router({ aliases: [pair], fallbacks })
    const route = await ask(from, 'gpt-5')
    expect(after(from, route, failure('overloaded', 529))).toEqual(['openai/gpt-5', 'openai/o3'])
    expect(after(from, route, failure('context-overflow', 400))).toContain('copilot/claude-sonnet')
    const filtered = new GatewayError('invalid-request', 400, 'no', { upstream: { code: 'content_filter' } })
    expect(after(from, route, filtered)).toEqual(['openai/o3'])
  })

  it('by default are for names without their own', async () => {
    const from = router({ fallbacks })
    expect(after(from, await ask(from, 'o3'), failure('upstream', 500))).toEqual(['openai/last'])
  })
})

describe('a bare name, while the lists of some supplies have to be waited for', () => {
  /** A supply that says what it has when `tell` or `fail` is called. */
  const slow = (id: string, models: readonly string[]) => {
    const answer = Promise.withResolvers<void>()
    const listed = provider(id, models)
    let asked = 0
    const find: Provider['find'] = (name, expressly) => {
      asked++
      return answer.promise.then(() => listed.find(name, expressly))
    }
    const fail = (): void => answer.reject(failure('timeout', 504))
    return { provider: { ...listed, find }, tell: answer.resolve, fail, asked: () => asked }
  }

  it('is asked of all at once, and the first in order that has it is taken', async () => {
    const [a, b, c] = [slow('a', []), slow('b', ['phi']), slow('c', ['phi'])]
    const found = ask(router({ providers: [a.provider, b.provider, c.provider] }), 'phi')
    expect([a.asked(), b.asked(), c.asked()]).toEqual([1, 1, 1])
    c.tell()
    b.tell()
    a.fail()
    expect(nameOf((await found).first)).toBe('b/phi')
  })

  it('is found although those that nobody waits for any more fail', async () => {
    const [a, b] = [slow('a', ['phi']), slow('b', [])]
    const found = ask(router({ providers: [a.provider, b.provider] }), 'phi')
    b.fail()
    a.tell()
    expect(nameOf((await found).first)).toBe('a/phi')
  })

  it('asks nobody else where the first has it at hand', async () => {
    const b = slow('b', ['phi'])
    expect(await firstOf(router({ providers: [provider('a', ['phi']), b.provider] }), 'phi')).toBe('a/phi')
    expect(b.asked()).toBe(0)
  })
})
