import { describe, expect, test } from 'vitest'
import type { QuirkName } from '../../quirks.ts'
import { schema } from '../../schema.test-support.ts'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial, TrialAnswer } from '../../trial.test-support.ts'
import { authorize, beginDevice, client, codeOf, exchange, pollDevice, renew, signIn } from './trial.test-support.ts'

const ask = {
  model: 'gpt-5.5',
  instructions: 'Be short.',
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi there' }] }],
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  reasoning: { effort: 'low', summary: 'auto' },
}
const base = '/codex/backend-api/codex'

const send = async (trial: Trial, more: object = {}, headers: Record<string, string> = {}): Promise<TrialAnswer> =>
  trial.post(`${base}/responses`, { ...ask, ...more }, { ...(await signIn(trial)), ...headers })

const said = (type: string): readonly object[] => [
  {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type, text: 'a', annotations: [] }],
  },
]

describe('the Codex service', () => {
  test('streams in the official grammar, with reasoning that it takes back', async () => {
    const isEvent = schema('openai.responses.stream-event')
    await withTrial({}, async (trial) => {
      const { status, events, headers } = await send(trial)
      expect(status).toBe(200)
      expect(headers.get('x-codex-primary-used-percent')).toBe('12')
      for (const event of events) isEvent(event)
      expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at))
      const { response } = events.at(-1) as { response: { output: readonly { type: string; id: string }[] } }
      expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message'])
      const replayed = response.output.map(({ id: _id, ...item }) => item)
      expect((await send(trial, { input: [...ask.input, ...replayed, ...ask.input] })).status).toBe(200)
      const foreign = { type: 'reasoning', summary: [], encrypted_content: 'Zm9yZWlnbg==' }
      expect((await send(trial, { input: [foreign, ...ask.input] })).json).toMatchObject({
        error: { code: 'invalid_encrypted_content' },
      })
      expect((await send(trial, { input: [{ type: 'item_reference', id: 'rs_1' }] })).status).toBe(404)
    })
  })

  test('cannot read what another service has sealed, nor that what it has', async () => {
    await withTrial({}, async (trial) => {
      const input = [{ role: 'user', content: 'hi' }]
      const include = ['reasoning.encrypted_content']
      const api = (more: object, face = 'openai/v1') => {
        const body = { model: 'gpt-5.4', input, include, reasoning: { effort: 'low' }, store: false, ...more }
        return trial.post(`/${face}/responses`, body, { authorization: 'Bearer sk-trial' })
      }
      const refused = { status: 400, json: { error: { code: 'invalid_encrypted_content' } } }
      const theirs = (await api({})).json['output'] as readonly object[]
      expect((await api({ input: [...input, ...theirs, ...input] })).status).toBe(200)
      expect(await api({ input: [...input, ...theirs, ...input] }, 'azure/openai/v1')).toMatchObject(refused)
      expect(await send(trial, { input: [...ask.input, ...theirs, ...ask.input] })).toMatchObject(refused)
      const { response } = (await send(trial)).events.at(-1) as { response: { output: readonly object[] } }
      expect(await api({ input: [...input, ...response.output, ...input] })).toMatchObject(refused)
    })
  })

  test.each([
    [{ prompt_cache_key: 'a'.repeat(65) }, { code: 'string_above_max_length', param: 'prompt_cache_key' }],
    [{ tools: [{ type: 'function', name: 'a.b', parameters: null, strict: false }] }, { param: 'tools[0].name' }],
    [
      {
        text: { format: { type: 'json_schema', name: 'a', strict: true, schema: { type: 'object', properties: {} } } },
      },
      { code: 'invalid_json_schema' },
    ],
    [
      { input: [...said('input_text'), ...ask.input] },
      { message: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'." },
    ],
    [
      { input: [...said('output_text'), ...said('output_text'), ...ask.input] },
      { message: expect.stringMatching(/^Duplicate item found with id msg_1/) },
    ],
  ])('refuses what the API behind it refuses: %j', async (more, error) => {
    await withTrial({}, async (trial) => {
      expect(await send(trial, more)).toMatchObject({ status: 400, json: { error } })
    })
  })

  test('refuses what it does not take, in its own words', async () => {
    await withTrial({}, async (trial) => {
      for (const [more, detail] of [
        [{ store: true }, 'Store must be set to false'],
        [{ store: undefined }, 'Store must be set to false'],
        [{ stream: false }, 'Stream must be set to true'],
        [{ instructions: '' }, 'Instructions are required'],
        [{ instructions: undefined }, 'Instructions are required'],
        [{ input: 'hi' }, 'Input must be a list'],
        [{ input: [{ role: 'system', content: 'x' }, ...ask.input] }, 'System messages are not allowed'],
        [{ model: 'gpt-4o' }, "The 'gpt-4o' model is not supported when using Codex with a ChatGPT account."],
        ...[
          'temperature',
          'top_p',
          'max_output_tokens',
          'metadata',
          'previous_response_id',
          'user',
          'truncation',
          'safety_identifier',
          'messages',
        ].map((name) => [{ [name]: 1 }, `Unsupported parameter: ${name}`] as const),
      ] as const) {
        const { status, json } = await send(trial, more)
        expect([status, json]).toEqual([400, { detail }])
      }
      expect((await send(trial, { model: 'gpt-5.6-sol', reasoning: { effort: 'ultra' } })).status).toBe(200)
      expect((await send(trial, { reasoning: { effort: 'ultra' } })).json).toMatchObject({
        error: { code: 'unsupported_value', param: 'reasoning.effort' },
      })
      expect((await trial.post(`${base}/responses`, ask, { authorization: '' })).json).toEqual({
        detail: 'Unauthorized',
      })
      const developer = { role: 'developer', content: 'x' }
      expect((await send(trial, { input: [developer, ...ask.input] })).status).toBe(200)
    })
  })

  test('takes the form in which Codex has its instructions in the input', async () => {
    await withTrial({}, async (trial) => {
      const input = [{ type: 'additional_tools', role: 'developer', tools: [] }, ...ask.input]
      const lite = { instructions: undefined, input }
      expect((await send(trial, lite)).status).toBe(400)
      expect((await send(trial, lite, { 'x-openai-internal-codex-responses-lite': 'true' })).status).toBe(200)
    })
  })

  test('fails a prompt that is too long inside the stream', async () => {
    await withTrial({ faces: { codex: { extraModels: [{ id: 'small', window: 5 }] } } }, async (trial) => {
      const { status, events } = await send(trial, { model: 'small', reasoning: undefined })
      expect(status).toBe(200)
      expect(events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { error: { code: 'context_length_exceeded' } },
      })
    })
  })

  test('lists the models that a version of the CLI understands, with an ETag', async () => {
    await withTrial({}, async (trial) => {
      const headers = await signIn(trial)
      const list = (version: string, more = {}) =>
        trial.get(`${base}/models?client_version=${version}`, { ...headers, ...more })
      const fresh = await list('0.169.0')
      expect(fresh.json).toMatchObject({
        models: [{ slug: 'gpt-5.6-sol', visibility: 'list', context_window: 372_000 }, {}, {}, {}, {}, {}, {}],
      })
      expect((await list('0.99.0')).text).not.toContain('gpt-5.6-sol')
      expect((await list('0.169.0', { 'if-none-match': fresh.headers.get('etag') })).status).toBe(304)
      expect((await trial.get(`${base}/models`, headers)).status).toBe(422)
    })
  })

  test('compacts a history into an item that it takes back', async () => {
    await withTrial({}, async (trial) => {
      const { model, input, instructions } = ask
      const answer = await trial.post(`${base}/responses/compact`, { model, input, instructions }, await signIn(trial))
      const output = answer.json['output'] as object[]
      expect(output).toMatchObject([{ role: 'user' }, { type: 'compaction', encrypted_content: expect.any(String) }])
      expect((await send(trial, { input: [...output, ...ask.input] })).status).toBe(200)
    })
  })

  test('tells an account that is used up when it is filled again', async () => {
    const accounts = [{ id: 'acct-1', email: 'a@example.test', plan: 'plus', usedPercent: 100 }]
    await withTrial({ codex: { accounts } }, async (trial) => {
      const { status, json, headers } = await send(trial)
      expect(status).toBe(429)
      expect(json).toMatchObject({
        error: {
          type: 'usage_limit_reached',
          plan_type: 'plus',
          resets_at: Number(headers.get('x-codex-primary-reset-at')),
        },
      })
      const usage = await trial.get('/codex/backend-api/wham/usage', await signIn(trial))
      expect(usage.json).toMatchObject({ plan_type: 'plus', rate_limit: { limit_reached: true, allowed: false } })
    })
  })

  test('plays the steps that name it', async () => {
    const scenario = [{ when: { face: 'codex' as const }, text: 'scripted' }]
    await withTrial({ scenario }, async (trial) => {
      await trial.post('/chat/completions', { model: 'gpt-4.1', messages: [{ role: 'user', content: 'a' }] })
      expect((await send(trial)).text).toContain('scripted')
      expect(trial.emulator.requests().at(-1)).toMatchObject({ face: 'codex', status: 200 })
    })
  })
})

type Demonstration = (on: Trial, off: Trial) => Promise<void>
type CodexQuirk = Extract<QuirkName, `codex-${string}`>

const tokens = async (trial: Trial) => (await exchange(trial, codeOf(await authorize(trial)))).json
const renewed = async (trial: Trial, times: number): Promise<TrialAnswer> => {
  const { refresh_token: token } = await tokens(trial)
  let answer = await renew(trial, token)
  for (let at = 1; at < times; at++) answer = await renew(trial, token)
  return answer
}
const waiting = async (trial: Trial) => {
  const id = { device_auth_id: 'unknown', user_code: 'unknown' }
  return (await trial.post('/codex-auth/api/accounts/deviceauth/token', { client_id: client, ...id })).status
}
const errorOf = ({ status, json }: TrialAnswer): readonly unknown[] => [
  status,
  (json['error'] as { code?: string } | undefined)?.code,
]

const demonstrations: Record<CodexQuirk, Demonstration> = {
  'codex-interval-string': async (on, off) =>
    expect([(await beginDevice(on)).json['interval'], (await beginDevice(off)).json['interval']]).toEqual(['5', 5]),
  'codex-device-disabled': async (on, off) =>
    expect([(await beginDevice(on)).status, (await beginDevice(off)).status]).toEqual([404, 200]),
  'codex-device-usercode': async (on, off) => {
    expect((await beginDevice(on)).json).toHaveProperty('usercode')
    expect((await pollDevice(off, await beginDevice(off))).status).toBe(200)
  },
  'codex-device-pending-404': async (on, off) => expect([await waiting(on), await waiting(off)]).toEqual([404, 403]),
  'codex-tokens-sparse': async (on, off) =>
    expect(['id_token' in (await tokens(on)), 'id_token' in (await tokens(off))]).toEqual([false, true]),
  'codex-refresh-rotates': async (on, off) => {
    expect(errorOf(await renewed(on, 2))).toEqual([401, 'refresh_token_reused'])
    expect(errorOf(await renewed(off, 2))).toEqual([200, undefined])
  },
  'codex-refresh-errors-400': async (on, off) =>
    expect([(await renewed(on, 2)).status, (await renewed(off, 2)).status]).toEqual([400, 401]),
  'codex-refresh-expired': async (on, off) => {
    expect(errorOf(await renewed(on, 1))).toEqual([401, 'refresh_token_expired'])
    expect((await renewed(off, 1)).status).toBe(200)
  },
  'codex-refresh-invalidated': async (on, off) => {
    expect(errorOf(await renewed(on, 1))).toEqual([401, 'refresh_token_invalidated'])
    expect((await renewed(off, 1)).status).toBe(200)
  },
  'codex-body-checked': async (on, off) => {
    const loose = { instructions: undefined, temperature: 1 }
    expect([(await send(on, loose)).status, (await send(off, loose)).status]).toEqual([400, 200])
  },
  'codex-system-refused': async (on, off) => {
    const more = { input: [{ role: 'system', content: 'x' }, ...ask.input] }
    expect([(await send(on, more)).status, (await send(off, more)).status]).toEqual([400, 200])
  },
  'codex-rate-headers': async (on, off) => {
    const percent = async (trial: Trial) => (await send(trial)).headers.get('x-codex-secondary-used-percent')
    expect([await percent(on), await percent(off)]).toEqual(['4', null])
  },
  'codex-rate-event': async (on, off) => {
    expect((await send(on)).events[0]).toMatchObject({
      type: 'codex.rate_limits',
      rate_limits: { primary: { used_percent: 12 } },
    })
    expect((await send(off)).text).not.toContain('codex.rate_limits')
  },
  'codex-usage-limit': async (on, off) =>
    expect([(await send(on)).status, (await send(off)).status]).toEqual([429, 200]),
}

describe('quirks of the Codex service', () => {
  // Object.entries of the table above: its keys are quirk names.
  for (const [name, demonstrate] of Object.entries(demonstrations) as [CodexQuirk, Demonstration][]) {
    test(name, () =>
      withTrial({ quirks: { [name]: true } }, (on) =>
        withTrial({ quirks: { [name]: false } }, (off) => demonstrate(on, off)),
      ),
    )
  }
})
