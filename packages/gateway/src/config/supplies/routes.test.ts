import { describe, expect, test } from 'vitest'
import { loadText, problemOf } from '../load.test-support.ts'

const providers = `providers:
  here: { baseUrl: 'http://127.0.0.1:1' }
  there: { baseUrl: 'http://127.0.0.1:2' }
  off: { enabled: false }
`
const aliasesOf = async (text: string): Promise<unknown> => (await loadText(`${providers}${text}`)).aliases

test('one target, by its string', async () => {
  expect(await aliasesOf('aliases: { fast: here/org/model }')).toEqual([
    { name: 'fast', targets: [{ provider: 'here', model: 'org/model' }] },
  ])
})

test('a list is an order of preference', async () => {
  expect(await aliasesOf('aliases: { fast: [here/a, there/b, github_copilot/c] }')).toEqual([
    {
      name: 'fast',
      targets: [
        { provider: 'here', model: 'a', order: 0 },
        { provider: 'there', model: 'b', order: 1 },
        { provider: 'copilot', model: 'c', order: 2 },
      ],
    },
  ])
})

test('a name with a star stands for many', async () => {
  expect(await aliasesOf(`aliases: { 'claude-*': [here/anthropic/claude-*, there/b] }`)).toEqual([
    {
      name: 'claude-*',
      targets: [
        { provider: 'here', model: 'anthropic/claude-*', order: 0 },
        { provider: 'there', model: 'b', order: 1 },
      ],
    },
  ])
})

test('fallbacks may lead to names that a pattern stands for', async () => {
  const text = `${providers}aliases: { 'mine/*': 'here/*' }\nfallbacks: { a: [mine/b] }\n`
  expect((await loadText(text)).fallbacks.general).toEqual({ a: ['mine/b'] })
  expect(await problemOf(text.replace('[mine/b]', '[mind/b]'))).toContain('there is no provider mind')
})

test.each(['fast: here/*', `'a-*-*': here/b`, `'a-*': here/*-*`])('stars that stand for nothing: %s', async (alias) => {
  expect(await problemOf(`${providers}aliases:\n  ${alias}\n`)).toContain('line 6: aliases.')
})

test('weights share, and orders are kept', async () => {
  const target = '{ provider: here, model: a, weight: 3 }, { provider: there, model: b }'
  expect(await aliasesOf(`aliases: { fast: [${target}] }`)).toEqual([
    {
      name: 'fast',
      targets: [
        { provider: 'here', model: 'a', weight: 3 },
        { provider: 'there', model: 'b' },
      ],
    },
  ])
  expect(await aliasesOf(`aliases: { fast: [{ provider: here, model: a, order: 5 }, there/b] }`)).toEqual([
    {
      name: 'fast',
      targets: [
        { provider: 'here', model: 'a', order: 5 },
        { provider: 'there', model: 'b' },
      ],
    },
  ])
})

test('targets of providers that are left out are dropped with a warning', async () => {
  const settings = await loadText(`${providers}aliases:\n  fast: [off/a, here/b]\n  gone: off/a\n`)
  expect(settings.aliases).toEqual([{ name: 'fast', targets: [{ provider: 'here', model: 'b' }] }])
  expect(settings.warnings).toEqual([
    'config.yaml, line 6: aliases.fast: off is disabled or has no key; this target is left out',
    'config.yaml, line 7: aliases.gone: off is disabled or has no key; this target is left out',
  ])
})

test('fallbacks of four kinds, and rests', async () => {
  const settings = await loadText(`${providers}
aliases: { fast: here/a }
fallbacks: { fast: [there/b, gpt-5-mini] }
contextWindowFallbacks: { fast: [there/long] }
contentPolicyFallbacks: { here/a: [there/b] }
defaultFallbacks: [fast]
coolDown: { time: 5s, allowedFails: 1 }
`)
  expect(settings.fallbacks).toEqual({
    general: { fast: ['there/b', 'gpt-5-mini'] },
    contextWindow: { fast: ['there/long'] },
    contentPolicy: { 'here/a': ['there/b'] },
    byDefault: ['fast'],
  })
  expect(settings.coolDown).toEqual({ coolDownMs: 5000, allowedFails: 1 })
})

test('Copilot is a supply unless it is said that it is none', async () => {
  expect(await loadText('port: 1\n')).toMatchObject({ copilot: true, providers: [], aliases: [] })
  expect(await loadText('copilot: false\n')).toMatchObject({ copilot: false })
})

test('the addresses of ChatGPT, by file and by environment', async () => {
  const file = 'upstreams: { codexAuth: "http://127.0.0.1:1/", codex: "http://127.0.0.1:2/x" }\n'
  expect((await loadText(file)).upstreams).toEqual({ codexAuth: 'http://127.0.0.1:1', codex: 'http://127.0.0.1:2/x' })
  const env = { CROSSFEED_CODEX_AUTH_URL: 'http://127.0.0.1:3/', CROSSFEED_CODEX_URL: 'http://127.0.0.1:4' }
  expect((await loadText(file, env)).upstreams).toEqual({
    codexAuth: 'http://127.0.0.1:3',
    codex: 'http://127.0.0.1:4',
  })
})

describe('what is wrong is named with its line', () => {
  test.each([
    ['an unknown provider', 'aliases:\n  fast:\n    - here/a\n    - hree/b\n'],
    ['an unknown provider in a group', 'aliases:\n  fast:\n    - { provider: nowhere, model: a }\n'],
    ['no provider', 'aliases:\n  fast: gpt-5-mini\n'],
    ['no model', 'aliases:\n  fast: here/\n'],
    ['an unknown key', 'aliases:\n  fast:\n    - { provider: here, model: a, wieght: 1 }\n'],
    ['a weight below nothing', 'aliases:\n  fast:\n    - { provider: here, model: a, weight: -1 }\n'],
    ['an empty list', 'aliases:\n  fast: []\n'],
    ['a fallback to an unknown provider', 'fallbacks:\n  fast: [thre/b]\n'],
    ['codex that is not there', 'defaultFallbacks: [codex/gpt-5.2]\n'],
    ['Copilot that is not there', 'copilot: false\naliases: { fast: copilot/a }\n'],
    ['a map of maps', 'fallbacks:\n  fast: { a: b }\n'],
    ['a wrong time', 'coolDown: { time: soon }\n'],
  ])('%s', async (_name, text) => {
    expect(await problemOf(`${providers}${text}`)).toMatchSnapshot()
  })
})
