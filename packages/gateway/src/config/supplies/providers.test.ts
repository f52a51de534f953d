import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProviderSettings } from '@crossfeed/engine'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../config-file.ts'
import { loadText, problemOf } from '../load.test-support.ts'

const oneOf = async (provider: object, name = 'one'): Promise<ProviderSettings | undefined> =>
  (await loadText(JSON.stringify({ providers: { [name]: provider } }), {}, 'config.json')).providers[0]

const key = { apiKey: 'a-key' }

describe('both vocabularies come to the same', () => {
  const local = 'http://127.0.0.1:9/v1'
  test.each<[string, object, Partial<ProviderSettings>]>([
    ['no type', { baseUrl: local }, { type: 'openai' }],
    ['openai', { type: 'openai', ...key }, { type: 'openai' }],
    [
      'openai + completions',
      { type: 'openai', wireApi: 'completions', baseUrl: local },
      { type: 'openai', endpoints: ['chat'] },
    ],
    [
      'openai + responses',
      { type: 'openai', wireApi: 'responses', baseUrl: local },
      { type: 'openai', endpoints: ['responses'] },
    ],
    ['openai-compatible', { type: 'openai-compatible', baseUrl: local }, { type: 'compatible', endpoints: ['chat'] }],
    [
      'openai-responses',
      { type: 'openai-responses', baseUrl: local },
      { type: 'compatible', endpoints: ['responses'] },
    ],
    [
      'openai-compatible + responses, a mix',
      { type: 'openai-compatible', wireApi: 'responses', baseUrl: local },
      { type: 'compatible', endpoints: ['responses'] },
    ],
    [
      'endpoints over all',
      { type: 'openai-compatible', wireApi: 'responses', endpoints: ['messages', 'chat'], baseUrl: local },
      { type: 'compatible', endpoints: ['messages', 'chat'] },
    ],
    ['compatible', { type: 'compatible', baseUrl: local }, { type: 'compatible' }],
    [
      'openai-responses at OpenAI itself',
      { type: 'openai-responses', baseUrl: 'https://api.openai.com', ...key },
      { type: 'openai', endpoints: ['responses'] },
    ],
    ['anthropic', { type: 'anthropic', wireApi: 'responses', ...key }, { type: 'anthropic' }],
    ['ollama', { type: 'ollama' }, { type: 'ollama' }],
    [
      'azure.apiVersion',
      { type: 'azure', baseUrl: 'https://r.openai.azure.com', azure: { apiVersion: 'v1' }, ...key },
      { type: 'azure', apiVersion: 'v1' },
    ],
    [
      'apiVersion',
      { type: 'azure', baseUrl: 'https://r.openai.azure.com', apiVersion: '2025-01-01-preview', ...key },
      { type: 'azure', apiVersion: '2025-01-01-preview' },
    ],
  ])('%s', async (_name, file, expected) => {
    const { name, baseUrl: _url, apiKey: _key, ...rest } = (await oneOf(file))!
    expect(name).toBe('one')
    expect(rest).toEqual(expected)
  })

  test('a name that is a type needs no type', async () => {
    expect(await oneOf({ ...key }, 'anthropic')).toMatchObject({ name: 'anthropic', type: 'anthropic' })
    expect(await oneOf({}, 'ollama')).toMatchObject({ type: 'ollama' })
  })
})

describe('what lets a call in', () => {
  const base = { type: 'openai-compatible', baseUrl: 'https://llm.example' }
  test.each<[string, object, Partial<ProviderSettings>]>([
    ['a key', key, { apiKey: 'a-key' }],
    ['a key in its header', { ...key, authType: 'x-api-key' }, { apiKey: 'a-key', keyHeader: 'x-api-key' }],
    ['a key as bearer', { ...key, authType: 'authorization' }, { apiKey: 'a-key', keyHeader: 'authorization' }],
    ['a token and a key', { ...key, bearerToken: 'token' }, { apiKey: 'a-key', bearerToken: 'token' }],
    ['an empty key', { apiKey: '' }, {}],
    ['none', { authType: 'none', ...key }, {}],
    ['a header', { headers: { 'X-Api-Key': 'in-a-header' } }, { headers: { 'X-Api-Key': 'in-a-header' } }],
  ])('%s', async (_name, file, expected) => {
    const { name: _n, type: _t, baseUrl: _u, endpoints: _e, ...rest } = (await oneOf({ ...base, ...file }))!
    expect(rest).toEqual(expected)
  })

  test.each(['http://127.0.0.1:8000', 'http://localhost:1', 'http://[::1]:1'])('no key for %s', async (baseUrl) => {
    expect(await oneOf({ type: 'openai-compatible', baseUrl })).toMatchObject({ baseUrl: `${baseUrl}/v1` })
  })

  test('one without a key is left out with a warning, and the others are served', async () => {
    const text = 'providers:\n  far:\n    baseUrl: https://llm.example/v1\n  near:\n    baseUrl: http://127.0.0.1:1\n'
    const { providers, warnings } = await loadText(text)
    expect(providers.map((one) => one.name)).toEqual(['near'])
    expect(warnings).toEqual([
      'config.yaml, line 2: providers.far is left out: it has no apiKey (or bearerToken; apiKey: "" where it needs none)',
    ])
  })

  test('one that is switched off is left out without a word, and its variables need not be there', async () => {
    const text = 'providers: { off: { enabled: false, type: azure, apiKey: env:NOT_SET } }'
    expect(await loadText(text)).toMatchObject({ providers: [], warnings: [] })
  })
})

test.each([
  ['openai', 'https://llm.example/v1', 'https://llm.example/v1'],
  ['openai', 'https://llm.example/v1/', 'https://llm.example/v1'],
  ['openai', 'https://llm.example', 'https://llm.example/v1'],
  ['openai', 'https://r.openai.azure.com/openai/v1/', 'https://r.openai.azure.com/openai/v1'],
  ['openai', 'https://llm.example/gateway', 'https://llm.example/gateway'],
  ['openai-compatible', 'https://llm.example/gateway', 'https://llm.example/gateway/v1'],
  ['openai-compatible', 'https://llm.example/v1', 'https://llm.example/v1'],
  [
    'openai-compatible',
    'https://dashscope.aliyuncs.com/compatible-mode',
    'https://dashscope.aliyuncs.com/compatible-mode/v1',
  ],
  ['openai-responses', 'https://llm.example/v1/responses', 'https://llm.example/v1'],
  ['anthropic', 'https://api.anthropic.com', 'https://api.anthropic.com/v1'],
  ['anthropic', 'https://api.deepseek.com/anthropic', 'https://api.deepseek.com/anthropic/v1'],
  ['azure', 'https://r.openai.azure.com/', 'https://r.openai.azure.com'],
  ['azure', 'https://gateway.example/llm', 'https://gateway.example/llm'],
  ['anthropic', 'https://r.services.ai.azure.com/anthropic', 'https://r.services.ai.azure.com/anthropic/v1'],
])('%s at %s is called at %s', async (type, baseUrl, expected) => {
  expect(await oneOf({ type, baseUrl, ...key })).toMatchObject({ baseUrl: expected })
})

test('the settings of models', async () => {
  const provider = await oneOf({
    type: 'openai-compatible',
    baseUrl: 'https://llm.example',
    ...key,
    adjustInputTokens: true,
    models: {
      plain: null,
      'kimi-k2.5': { temperature: 1, topP: 0.95, topK: 20, extraBody: { thinking_budget: 500 }, contextCache: false },
      sonnet: { type: 'anthropic', wireModel: 'claude-sonnet-4.6', supportPdf: true, limits: { output: 16000 } },
      codex: { type: 'openai-responses', toolContentSupportType: ['array', 'image'] },
      vectors: { embeddings: true },
    },
  })
  expect(provider).toMatchObject({ adjustInputTokens: true })
  expect(provider?.models).toEqual({
    plain: {},
    'kimi-k2.5': { temperature: 1, topP: 0.95, topK: 20, extraBody: { thinking_budget: 500 }, contextCache: false },
    sonnet: {
      endpoints: ['messages'],
      wireModel: 'claude-sonnet-4.6',
      supportPdf: true,
      limits: { output: 16000 },
    },
    codex: { endpoints: ['responses'], toolContentSupportType: ['array', 'image'] },
    vectors: { embeddings: true },
  })
  expect((await oneOf({ baseUrl: 'http://[::1]:1', models: ['phi-4-mini'] }))?.models).toEqual({ 'phi-4-mini': {} })
})

test('a ChatGPT sign-in by type, by name or as copilot-api writes it', async () => {
  const codex = async (text: string): Promise<unknown> => (await loadText(text)).codex
  expect(await codex('providers: { mine: { type: codex, models: [gpt-5.2-codex] } }')).toEqual([
    { name: 'mine', models: { 'gpt-5.2-codex': {} } },
  ])
  expect(await codex('providers: { codex: {} }')).toEqual([{ name: 'codex' }])
  const written = await loadText(
    'providers:\n  codex:\n    type: openai-responses\n    authType: oauth2\n    baseUrl: https://x.example\n',
  )
  expect(written.codex).toEqual([{ name: 'codex' }])
  expect(written.providers).toEqual([])
  expect(written.warnings).toEqual([
    'config.yaml, line 5: providers.codex.baseUrl is not used: upstreams.codex sets the address',
  ])
})

test('settings of models that mean nothing to a ChatGPT sign-in are said, those that do are used', async () => {
  const read = await loadText(
    'providers:\n  codex:\n    adjustInputTokens: true\n    models:\n      m:\n        wireModel: w\n        temperature: 0.5\n        supportPdf: false\n',
  )
  expect(read.codex).toEqual([{ name: 'codex', models: { m: { wireModel: 'w' } } }])
  expect(read.warnings.map((one) => one.replace(/^config\.yaml, /, ''))).toEqual([
    'line 3: providers.codex.adjustInputTokens is not used: ChatGPT has no such setting',
    'line 7: providers.codex.models.m.temperature is not used: ChatGPT has no such setting',
    'line 8: providers.codex.models.m.supportPdf is not used: ChatGPT has no such setting',
  ])
})

test('keys come from the environment by either reference', async () => {
  const text = 'providers: { a: { type: anthropic, apiKey: env:ONE }, b: { type: openai, apiKey: os.environ/TWO } }'
  const { providers } = await loadText(text, { ONE: 'first-key', TWO: 'second-key' })
  expect(providers.map((one) => one.apiKey)).toEqual(['first-key', 'second-key'])
})

describe('what is wrong is named with its line', () => {
  test.each([
    ['a variable that is not set', 'providers:\n  a:\n    type: openai\n    apiKey: env:NOT_SET\n'],
    ['a wrong type', 'providers:\n  a:\n    type: opneai\n'],
    ['an unknown key', 'providers:\n  a:\n    type: openai\n    apikey: s3cret-canary\n'],
    ['an unknown key of a model', 'providers:\n  a:\n    models:\n      m:\n        temprature: 1\n'],
    ['no address', 'providers:\n  a:\n    type: openai-compatible\n    apiKey: s3cret-canary\n'],
    ['no type and no address', 'providers:\n  deepseek:\n    apiKey: s3cret-canary\n'],
    ['no address at all', 'providers:\n  a:\n    type: openai\n    baseUrl: your-base-url\n    apiKey: x\n'],
    ['a bare Azure host as openai', 'providers:\n  a:\n    type: openai\n    baseUrl: https://r.openai.azure.com\n'],
    [
      'an Azure v1 path as azure',
      'providers:\n  a:\n    type: azure\n    baseUrl: https://r.openai.azure.com/openai/v1\n',
    ],
    [
      'a deployment in the address',
      'providers:\n  a:\n    type: azure\n    baseUrl: https://r.openai.azure.com/openai/deployments/d\n',
    ],
    ['an Azure path without OpenAI', 'providers:\n  a:\n    baseUrl: https://r.services.ai.azure.com/models\n'],
    [
      'a query',
      'providers:\n  a:\n    baseUrl: https://r.example/v1?api-version=2024-10-21\n    apiKey: s3cret-canary\n',
    ],
    ['a sign-in for a kind that has none', 'providers:\n  a:\n    type: anthropic\n    authType: oauth2\n'],
    ['the name of the Copilot account', 'providers:\n  github_copilot: {}\n'],
    ['the name of a path', 'providers:\n  v1: {}\n'],
    ['a name with a slash', 'providers:\n  a/b: {}\n'],
    ['a key with a line break', 'providers:\n  a:\n    type: openai\n    apiKey: "s3cret-canary\\nx"\n'],
    ['a header of the framing', 'providers:\n  a:\n    type: openai\n    headers: { Host: elsewhere }\n'],
  ])('%s', async (_name, text) => {
    const said = await problemOf(text)
    expect(said).not.toContain('s3cret-canary')
    expect(said).toMatchSnapshot()
  })
})

test('in the settings of a model the very key is named, and the word that was meant', async () => {
  const of = (models: unknown): Promise<string> =>
    problemOf(JSON.stringify({ providers: { one: { type: 'openai', apiKey: 'k', models } } }))
  expect(await of({ m: { temprature: 1 } })).toMatch(
    /unknown key "temprature" in providers\.one\.models\.m[^]*→ Did you mean temperature\?/,
  )
  expect(await of({ m: { limits: { context: 'many' } } })).toContain(
    'providers.one.models.m.limits.context is not a number of tokens',
  )
  expect(await of(5)).toContain('providers.one.models is not a list of names, or a map of names to settings')
  expect(await of(['a', 5])).toContain('providers.one.models.1 is not the name of a model')
  const type = JSON.stringify({ providers: { one: { type: 'opneai', apiKey: 'k' } } })
  expect(await problemOf(type)).toContain('→ Did you mean openai?')
})

test('all that is wrong is said in one run, and nothing twice', async () => {
  const text = `prot: 1
providers:
  typo: { type: opneai }
  bare: { type: openai-compatible, apiKey: k }
  good: { type: openai, apiKey: k }
aliases:
  fast: [typo/a, bare/b, good/c, gone/d]
`
  const home = mkdtempSync(join(tmpdir(), 'crossfeed-config-'))
  try {
    writeFileSync(join(home, 'config.yaml'), text)
    const { problems } = await readConfig(join(home, 'config.yaml'), {})
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '1 unknown key "prot"',
      expect.stringContaining('3 providers.typo.type is not one of'),
      '4 providers.bare has no baseUrl',
      '7 aliases.fast: there is no provider gone',
    ])
  } finally {
    rmSync(home, { recursive: true })
  }
})
