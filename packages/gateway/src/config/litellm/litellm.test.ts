import type { Alias, ProviderSettings } from '@crossfeed/engine'
import { describe, expect, test } from 'vitest'
import { loadText, problemOf } from '../load.test-support.ts'
import { entry, list } from './entries.test-support.ts'

const targetsOf = (aliases: readonly Alias[], name: string): unknown =>
  aliases.find((one) => one.name === name)?.targets
const providerOf = async (model: string, more = '', env: Record<string, string> = {}): Promise<ProviderSettings> =>
  (await loadText(list(entry('m', model, more)), env)).providers[0]!

describe('the files of the reference documents', () => {
  test('one Copilot model', async () => {
    const text = `model_list:
  - model_name: github_copilot/gpt-4
    litellm_params:
      model: github_copilot/gpt-4
`
    expect(await loadText(text)).toMatchObject({
      copilot: true,
      port: 4000,
      host: '127.0.0.1',
      providers: [],
      aliases: [{ name: 'github_copilot/gpt-4', targets: [{ provider: 'copilot', model: 'gpt-4' }] }],
      warnings: [],
    })
  })

  test('chat, responses and embeddings of Copilot', async () => {
    const text = `model_list:
  - model_name: github_copilot/gpt-4
    litellm_params:
      model: github_copilot/gpt-4
  - model_name: github_copilot/gpt-5.1-codex
    model_info:
      mode: responses
    litellm_params:
      model: github_copilot/gpt-5.1-codex
  - model_name: github_copilot/text-embedding-ada-002
    model_info:
      mode: embedding
    litellm_params:
      model: github_copilot/text-embedding-ada-002
`
    const settings = await loadText(text)
    expect(settings.aliases.map(({ name, targets }) => [name, targets[0]?.provider, targets[0]?.model])).toEqual([
      ['github_copilot/gpt-4', 'copilot', 'gpt-4'],
      ['github_copilot/gpt-5.1-codex', 'copilot', 'gpt-5.1-codex'],
      ['github_copilot/text-embedding-ada-002', 'copilot', 'text-embedding-ada-002'],
    ])
    expect(settings.models).toEqual({ 'gpt-5.1-codex': { endpoints: ['responses'], limits: {} } })
    expect(settings.warnings).toEqual([])
  })
})

describe('what stands before the slash', () => {
  const key = 'api_key: a-key'
  test.each<[string, string, Partial<ProviderSettings>]>([
    ['openai/gpt-5', key, { name: 'openai', type: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: 'a-key' }],
    [
      'openai/org/model',
      'api_base: "http://10.0.0.1:8000", api_key: none',
      { name: 'openai', type: 'compatible', baseUrl: 'http://10.0.0.1:8000/v1', apiKey: 'none' },
    ],
    [
      'azure/my-deployment',
      `${key}, api_base: "https://r.openai.azure.com/", api_version: "2024-02-01"`,
      { name: 'azure', type: 'azure', baseUrl: 'https://r.openai.azure.com', apiVersion: '2024-02-01' },
    ],
    [
      'azure/my-deployment',
      `${key}, api_base: "https://r.openai.azure.com/openai/v1/"`,
      { type: 'azure', baseUrl: 'https://r.openai.azure.com', apiVersion: 'v1' },
    ],
    ['anthropic/claude-x', key, { name: 'anthropic', type: 'anthropic', baseUrl: 'https://api.anthropic.com/v1' }],
    ['ollama/llama3', '', { name: 'ollama', type: 'ollama', baseUrl: 'http://localhost:11434/v1' }],
    [
      'ollama_chat/llama3',
      'api_base: "http://10.0.0.1:11434"',
      { name: 'ollama', type: 'ollama', baseUrl: 'http://10.0.0.1:11434/v1' },
    ],
    ['openrouter/google/gemini', key, { name: 'openrouter', baseUrl: 'https://openrouter.ai/api/v1' }],
    ['deepseek/deepseek-chat', key, { name: 'deepseek', baseUrl: 'https://api.deepseek.com/v1' }],
    ['hosted_vllm/m', 'api_base: "http://10.0.0.1/v1"', { name: 'hosted_vllm', baseUrl: 'http://10.0.0.1/v1' }],
    [
      'dashscope/qwen',
      key,
      {
        name: 'dashscope',
        baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
        models: { qwen: {} },
      },
    ],
    [
      'litellm_proxy/github_copilot/gpt-4',
      'api_base: "http://10.0.0.1:4000"',
      { name: 'litellm_proxy', baseUrl: 'http://10.0.0.1:4000/v1', models: { 'github_copilot/gpt-4': {} } },
    ],
    ['gpt-4o', key, { name: 'openai', type: 'openai' }],
    ['claude-sonnet-4-5', key, { name: 'anthropic', type: 'anthropic' }],
    [
      'my-model',
      `${key}, custom_llm_provider: openai, api_base: "http://10.0.0.1/v1"`,
      { type: 'compatible', models: { 'my-model': {} } },
    ],
  ])('%s, %s', async (model, more, expected) => {
    expect(await providerOf(model, more)).toMatchObject(expected)
  })

  test('keys, addresses and versions come from the variables that LiteLLM reads', async () => {
    expect(await providerOf('openai/gpt-5', '', { OPENAI_API_KEY: 'from-env' })).toMatchObject({ apiKey: 'from-env' })
    const azure = { AZURE_API_KEY: 'k', AZURE_API_BASE: 'https://r.openai.azure.com', AZURE_API_VERSION: '2024-06-01' }
    expect(await providerOf('azure/d', '', azure)).toMatchObject({
      apiKey: 'k',
      baseUrl: 'https://r.openai.azure.com',
      apiVersion: '2024-06-01',
    })
    const text = `${list(entry('m', 'groq/x'))}environment_variables: { GROQ_API_KEY: from-the-file }\n`
    expect((await loadText(text)).providers[0]).toMatchObject({ apiKey: 'from-the-file' })
    expect((await loadText(text, { GROQ_API_KEY: 'from-env' })).providers[0]).toMatchObject({ apiKey: 'from-env' })
  })

  test('a ChatGPT sign-in', async () => {
    const settings = await loadText(list(entry('codex', 'chatgpt/gpt-5.2-codex')))
    expect(settings).toMatchObject({ copilot: false, codex: [{ name: 'codex' }] })
    expect(targetsOf(settings.aliases, 'codex')).toEqual([{ provider: 'codex', model: 'gpt-5.2-codex' }])
  })

  test('a named credential', async () => {
    const text = `${list(entry('m', 'azure/d', 'litellm_credential_name: mine'))}credential_list:
  - credential_name: mine
    credential_values: { api_key: os.environ/MINE, api_base: "https://r.openai.azure.com" }
    credential_info: { description: production }
`
    expect((await loadText(text, { MINE: 'my-key' })).providers[0]).toMatchObject({ apiKey: 'my-key' })
  })
})

test('entries with the same address, key and version are one provider, others are another with a name of its own', async () => {
  const azure = (host: string, key: string): string => `api_base: "https://${host}.openai.azure.com", api_key: ${key}`
  const { providers, aliases } = await loadText(
    list(
      entry('gpt', 'azure/one', azure('east', 'a')),
      entry('gpt', 'azure/two', azure('west', 'b')),
      entry('gpt-mini', 'azure/three', azure('east', 'a')),
      entry('gpt-mini', 'azure/four', azure('west', 'c')),
    ),
  )
  expect(providers.map(({ name, models }) => [name, Object.keys(models ?? {})])).toEqual([
    ['azure', ['one', 'three']],
    ['azure-west', ['two']],
    ['azure-west-2', ['four']],
  ])
  expect(targetsOf(aliases, 'gpt')).toEqual([
    { provider: 'azure', model: 'one' },
    { provider: 'azure-west', model: 'two' },
  ])
})

test('a name that `providers` has taken is not taken again', async () => {
  const own = 'providers: { openai: { apiKey: own } }\n'
  const { providers } = await loadText(own + list(entry('m', 'openai/gpt-5', 'api_key: other')))
  expect(providers.map((one) => one.name)).toEqual(['openai', 'openai-api'])
})

test('entries of one name share by weight, by requests or by tokens a minute, and by order', async () => {
  const share = async (...more: readonly string[]): Promise<unknown> => {
    const entries = more.map((one, index) => entry('m', `openai/m${index}`, `api_key: k, ${one}`))
    const targets = (await loadText(list(...entries))).aliases[0]?.targets ?? []
    return targets.map(({ weight, order }) => [weight, order])
  }
  expect(await share('weight: 9, rpm: 1', 'weight: 1, rpm: 100')).toEqual([
    [9, undefined],
    [1, undefined],
  ])
  expect(await share('rpm: 900', 'rpm: 10', 'temperature: 0')).toEqual([
    [900, undefined],
    [10, undefined],
    [0, undefined],
  ])
  expect(await share('order: 2', 'order: 1', 'temperature: 1')).toEqual([
    [undefined, 2],
    [undefined, 1],
    [undefined, 3],
  ])
  expect(await share('rpm: 6')).toEqual([[undefined, undefined]])
})

test('what an entry says of its model', async () => {
  const text = list(
    entry('a', 'openai/gpt-5', 'api_key: k, temperature: 0, top_p: 0.5, extra_body: { seed: 1 }'),
    entry('b', 'openai/gpt-5', 'api_key: k', 'mode: responses, max_input_tokens: 1000, max_output_tokens: 100'),
    entry('c', 'openai/text-embedding-3-small', 'api_key: k', 'mode: embedding'),
    entry('d', 'openai/responses/gpt-5-codex', 'api_key: k'),
  )
  const { providers, aliases } = await loadText(text)
  expect(providers).toHaveLength(1)
  expect(providers[0]?.models).toEqual({
    'gpt-5': { temperature: 0, topP: 0.5, extraBody: { seed: 1 } },
    b: { wireModel: 'gpt-5', endpoints: ['responses'], limits: { prompt: 1000, output: 100 } },
    'text-embedding-3-small': { embeddings: true },
    'gpt-5-codex': { endpoints: ['responses'] },
  })
  expect(targetsOf(aliases, 'b')).toEqual([{ provider: 'openai', model: 'b' }])
})

test('headers of entries go to their provider, those of Copilot with every call to it', async () => {
  const headers = 'extra_headers: { "Editor-Version": "vscode/1.85.1" }'
  const own = 'api_key: k, organization: org-1, extra_headers: { "X-Team": blue }'
  const settings = await loadText(list(entry('a', 'github_copilot/gpt-4', headers), entry('b', 'openai/gpt-5', own)))
  expect(settings.extraHeaders).toEqual({ 'Editor-Version': 'vscode/1.85.1' })
  expect(settings.providers[0]?.headers).toEqual({ 'OpenAI-Organization': 'org-1', 'X-Team': 'blue' })
})

test('the router, the library and the key of the proxy', async () => {
  const text = `${list(
    entry('big', 'openai/gpt-5', 'api_key: k'),
    entry('small', 'openai/gpt-5-mini', 'api_key: k'),
    entry('long', 'anthropic/claude-x', 'api_key: k'),
  )}router_settings:
  routing_strategy: simple-shuffle
  model_group_alias: { gpt-4: big, hidden-one: { model: small, hidden: true } }
  allowed_fails: 2
  cooldown_time: 1.5
  fallbacks: [{ big: [small, long] }]
litellm_settings:
  context_window_fallbacks: [{ small: [long] }]
  content_policy_fallbacks: [{ big: [long] }]
  default_fallbacks: [small]
  request_timeout: 30
  drop_params: true
general_settings:
  master_key: os.environ/MASTER
`
  const settings = await loadText(text, { MASTER: 'sk-master-key' })
  expect(settings).toMatchObject({
    apiKeys: ['sk-master-key'],
    coolDown: { allowedFails: 2, coolDownMs: 1500 },
    fallbacks: {
      general: { big: ['small', 'long'] },
      contextWindow: { small: ['long'] },
      contentPolicy: { big: ['long'] },
      byDefault: ['small'],
    },
    timeouts: { headers: 30_000 },
  })
  expect(targetsOf(settings.aliases, 'gpt-4')).toEqual([{ provider: 'openai', model: 'gpt-5' }])
  expect(settings.warnings).toEqual([
    'config.yaml, line 10: router_settings.model_group_alias.hidden-one.hidden (LiteLLM) is not used: it is listed',
  ])
})

test.each([
  ['router_settings: { num_retries: 3 }\nlitellm_settings: { num_retries: 1 }', 3],
  ['litellm_settings: { num_retries: 0 }', 0],
  ['router_settings: { max_retries: 2 }', 2],
  ['retries: 4\nrouter_settings: { num_retries: 3 }', 4],
  ['', 1],
])('retries of %j are %s', async (sections, retries) => {
  const settings = await loadText(`${list(entry('a', 'ollama/b'))}${sections}\n`)
  expect(settings.retries).toBe(retries)
  expect(settings.warnings).toEqual([])
})

test('what cannot be done is named, once for each key', async () => {
  const text = `${list(
    entry('a', 'openai/gpt-5', 'api_key: k, rpm: 5, timeout: 3', 'input_cost_per_token: 0.1'),
    entry('b', 'openai/gpt-5', 'api_key: k, timeout: 3, max_retries: 2'),
    entry('c', 'github_copilot/gpt-4', 'api_key: k'),
    entry('d', 'openai/whisper-1', 'api_key: k', 'mode: audio_transcription'),
    entry('e', 'groq/x'),
  )}router_settings: { routing_strategy: least-busy, redis_host: os.environ/NOT_SET }
litellm_settings: { success_callback: [langfuse], drop_params: false }
general_settings: { database_url: os.environ/NOT_SET }
`
  expect((await loadText(text)).warnings).toMatchInlineSnapshot(`
    [
      "config.yaml, line 9: model_list entry 4 (d) is left out: mode audio_transcription (LiteLLM) cannot be served",
      "config.yaml, line 13: model_list entry 5 (e) is left out: it has no api_key, and GROQ_API_KEY is not set",
      "config.yaml, line 3: litellm_params.rpm (LiteLLM) only shares the load; it limits nothing",
      "config.yaml, line 15: litellm_settings.drop_params: false (LiteLLM) is not used: set lossPolicy: reject",
      "config.yaml, line 3: litellm_params.timeout (LiteLLM) is not used (2 times)",
      "config.yaml, line 4: model_info.input_cost_per_token (LiteLLM) is not used",
      "config.yaml, line 6: litellm_params.max_retries (LiteLLM) is not used: router_settings.num_retries counts, for all entries",
      "config.yaml, line 8: litellm_params.api_key (LiteLLM) is not used",
      "config.yaml, line 14: router_settings.routing_strategy (LiteLLM) is not used: entries of one name share by weight (simple-shuffle)",
      "config.yaml, line 14: router_settings.redis_host (LiteLLM) is not used",
      "config.yaml, line 15: litellm_settings.success_callback (LiteLLM) is not used",
      "config.yaml, line 16: general_settings.database_url (LiteLLM) is not used",
    ]
  `)
})

test('an empty key is none, and is asked for nowhere', async () => {
  const base = 'api_base: "http://10.0.0.1/v1", api_key: ""'
  expect((await providerOf('openai/m', base)).apiKey).toBeUndefined()
})

test('fallbacks and aliases that lead from nowhere are named', async () => {
  const text = `${list(entry('good', 'ollama/a'), entry('other', 'ollama/b'))}router_settings:
  fallbacks: [{ god: [other] }]
  model_group_alias: { other: good }
`
  const { warnings, aliases } = await loadText(text)
  expect(warnings).toEqual([
    'config.yaml, line 8: model_group_alias other (LiteLLM) is not used: model_list has an entry of that name',
    'config.yaml, line 7: router_settings.fallbacks is for god, which is in no entry of model_list; did you mean good?',
  ])
  expect(targetsOf(aliases, 'other')).toEqual([{ provider: 'ollama', model: 'b' }])
})

test('keys of ours in the same file win', async () => {
  const text = `port: 5000\ncopilot: true\nauth: { apiKeys: [own-key] }\n${list(entry('a', 'ollama/b'))}general_settings: { master_key: sk-master }\n`
  expect(await loadText(text)).toMatchObject({ port: 5000, copilot: true, apiKeys: ['own-key', 'sk-master'] })
})

describe('what is wrong is named with entry and line', () => {
  const good = entry('good', 'ollama/llama3')
  test.each([
    ['no model_name', `${good}  - litellm_params: { model: ollama/a }\n`],
    ['no litellm_params', `${good}  - model_name: a\n`],
    ['no model', `${good}  - model_name: a\n    litellm_params: { api_key: s3cret-canary }\n`],
    ['an entry that is none', `${good}  - a\n`],
    ['a provider that is not known', entry('a', 'bedrock/anthropic.claude', 'api_key: s3cret-canary')],
    ['a slip in the provider', entry('a', 'opneai/gpt-5')],
    ['a name without a provider', entry('a', 'llama3', 'api_base: "http://127.0.0.1:1"')],
    ['no api_base', entry('a', 'hosted_vllm/m')],
    ['an api_base that is none', entry('a', 'openai/m', 'api_base: localhost, api_key: s3cret-canary')],
    ['a variable that is not set', entry('a', 'openai/m', 'api_key: os.environ/NOT_SET')],
    ['a weight that is no number', entry('a', 'ollama/m', 'weight: heavy')],
    [
      'a header that is the sign-in of Copilot',
      entry('a', 'github_copilot/m', 'extra_headers: { Authorization: s3cret-canary }'),
    ],
    ['headers that are none', entry('a', 'ollama/m', 'extra_headers: [x]')],
    ['a credential that is not there', entry('a', 'openai/m', 'litellm_credential_name: mine')],
    ['a fallback to no entry', `${good}router_settings: { fallbacks: [{ good: [god] }] }\n`],
    ['fallbacks that are none', `${good}router_settings: { fallbacks: [5] }\n`],
    ['an alias of no group', `${good}router_settings: { model_group_alias: { x: goood } }\n`],
    ['sections that are none', `${good}router_settings: yes\n`],
  ])('%s', async (_name, entries) => {
    const said = await problemOf(`model_list:\n${entries}`)
    expect(said).not.toContain('s3cret-canary')
    expect(said).toMatchSnapshot()
  })

  test('a list that is none', async () => {
    expect(await problemOf('model_list: { a: b }\n')).toMatchSnapshot()
  })
})
