import { describe, expect, test } from 'vitest'
import type { QuirkName } from './quirks.ts'
import type { EmulatorOptions } from './state.ts'
import { withTrial } from './trial.test-support.ts'
import type { Trial } from './trial.test-support.ts'

type FaceQuirk = Extract<
  QuirkName,
  | `chat-${string}`
  | `responses-${string}`
  | `messages-${string}`
  | `ws-${string}`
  | `codex-${string}`
  | `anthropic-${string}`
>

/** Shows the difference that a quirk makes; the type of the table makes sure that none is left out. */
type Demonstration = (on: Trial, off: Trial) => Promise<void>

const client = { client_id: 'Iv1.b507a08c87ecfe98' }
const device = async (trial: Trial): Promise<unknown> => {
  const { json } = await trial.post('/login/device/code', { ...client, scope: 'read:user' })
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const answer = await trial.post('/login/oauth/access_token', {
    ...client,
    device_code: json['device_code'],
    grant_type,
  })
  expect(answer.status).toBe(200)
  return answer.json['error'] ?? String(answer.json['access_token']).slice(0, 4)
}
const exchange = (trial: Trial) => trial.get('/copilot_internal/v2/token', { authorization: 'token ghu_x' })
const chat = { model: 'gpt-4.1', messages: [{ role: 'user', content: 'one two three four five six' }] }
const ask = (trial: Trial, headers = {}, more = {}) => trial.post('/chat/completions', { ...chat, ...more }, headers)
const message = { model: 'claude-sonnet-4.5', max_tokens: 2000, messages: [{ role: 'user', content: 'hi' }] }
const send = (trial: Trial, more: object, headers = {}) => trial.post('/v1/messages', { ...message, ...more }, headers)
const statuses = async (on: Promise<{ status: number }>, off: Promise<{ status: number }>): Promise<number[]> =>
  Promise.all([on, off]).then((answers) => answers.map(({ status }) => status))
const copilotToken = async (trial: Trial): Promise<Record<string, string>> => ({
  authorization: `Bearer ${String((await exchange(trial)).json['token'])}`,
  'editor-version': 'vscode/1.112.0',
})
const always =
  (status: number, text: RegExp, retryAfter: RegExp | null = null): Demonstration =>
  async (on, off) => {
    const answer = await ask(on)
    expect(answer.status).toBe(status)
    expect(answer.text).toMatch(text)
    if (retryAfter === null) expect(answer.headers.get('retry-after')).toBeNull()
    else expect(answer.headers.get('retry-after')).toMatch(retryAfter)
    expect((await ask(off)).status).toBe(200)
  }
const models = async (trial: Trial): Promise<readonly Record<string, unknown>[]> => {
  const { json } = await trial.get('/models')
  return Array.isArray(json['data']) ? json['data'] : []
}

const demonstrations: Record<Exclude<QuirkName, FaceQuirk>, Demonstration> = {
  'device-slow-down': async (on, off) => expect([await device(on), await device(off)]).toEqual(['slow_down', 'ghu_']),
  'device-expired': async (on, off) =>
    expect([await device(on), await device(off)]).toEqual(['expired_token', 'slow_down']),
  'device-denied': async (on, off) =>
    expect([await device(on), await device(off)]).toEqual(['access_denied', 'slow_down']),
  'exchange-forbidden': async (on, off) => {
    expect((await exchange(on)).json['error_details']).toMatchObject({ notification_id: 'not_signed_up' })
    expect(await statuses(exchange(on), exchange(off))).toEqual([403, 200])
  },
  'exchange-rate-limited': async (on, off) => {
    expect((await exchange(on)).json['message']).toMatch(/^API rate limit exceeded/)
    expect(await statuses(exchange(on), exchange(off))).toEqual([403, 200])
  },
  'exchange-unauthorized': async (on, off) => expect(await statuses(exchange(on), exchange(off))).toEqual([401, 200]),
  'exchange-not-found': async (on, off) => expect(await statuses(exchange(on), exchange(off))).toEqual([404, 200]),
  'token-expires-early': async (on, off) => {
    const [early, late] = [await copilotToken(on), await copilotToken(off)]
    expect([(await ask(on, early)).status, (await ask(on, early)).status]).toEqual([200, 401])
    expect((await ask(on, await copilotToken(on))).status).toBe(200)
    expect([(await ask(off, late)).status, (await ask(off, late)).status]).toEqual([200, 200])
  },
  'token-other-endpoint': async (on, off) => {
    expect((await exchange(on)).json['endpoints']).toMatchObject({ api: `${on.url}/tenant` })
    expect((await on.get('/copilot_internal/user')).json['endpoints']).toMatchObject({ api: `${on.url}/user-tenant` })
    expect(await statuses(ask(on), ask(off))).toEqual([421, 200])
    expect((await on.post('/user-tenant/chat/completions', chat)).status).toBe(200)
    expect((await on.post('/tenant/chat/completions', chat, await copilotToken(on))).status).toBe(200)
  },
  'token-sparse': async (on, off) => {
    expect((await exchange(on)).json).not.toHaveProperty('endpoints')
    expect((await exchange(off)).json).toHaveProperty('endpoints.api', off.url)
  },
  'editor-headers-required': async (on, off) => {
    const bare = async (trial: Trial) =>
      ask(trial, { authorization: (await copilotToken(trial))['authorization'] ?? '' })
    expect((await bare(on)).text).toContain('missing Editor-Version header')
    expect((await bare(off)).status).toBe(200)
  },
  'user-free': async (on, off) => {
    expect((await on.get('/copilot_internal/user')).json).toMatchObject({
      copilot_plan: 'free',
      limited_user_quotas: {},
    })
    expect((await off.get('/copilot_internal/user')).json).toMatchObject({ token_based_billing: true })
  },
  'user-business': async (on, off) => {
    expect((await on.get('/copilot_internal/user')).json).toMatchObject({ copilot_plan: 'business' })
    expect((await off.get('/copilot_internal/user')).json).toMatchObject({ copilot_plan: 'individual_pro' })
  },
  'user-null-snapshots': async (on, off) => {
    expect((await on.get('/copilot_internal/user')).json).toHaveProperty('quota_snapshots.chat', null)
    expect((await off.get('/copilot_internal/user')).json).toHaveProperty('quota_snapshots.chat.unlimited', true)
  },
  'user-not-found': async (on, off) =>
    expect(await statuses(on.get('/copilot_internal/user'), off.get('/copilot_internal/user'))).toEqual([404, 200]),
  'models-odd-entries': async (on, off) => {
    const [odd, even] = [(await models(on)).map(({ id }) => id), (await models(off)).map(({ id }) => id)]
    expect(odd.length).toBeGreaterThan(new Set(odd).size)
    expect(even.length).toBe(new Set(even).size)
    expect(even).not.toContain('text-embedding-3-small')
  },
  'models-sparse': async (on, off) => {
    expect((await models(on)).some((model) => 'supported_endpoints' in model || 'policy' in model)).toBe(false)
    expect((await models(off)).some((model) => 'supported_endpoints' in model)).toBe(true)
  },
  'models-picker-disabled': async (on, off) => {
    expect((await models(on)).some((model) => model['model_picker_enabled'] === true)).toBe(false)
    expect((await models(off)).some((model) => model['model_picker_enabled'] === true)).toBe(true)
  },
  'endpoint-checked': async (on, off) => {
    expect((await ask(on, {}, { model: 'gpt-5.4' })).json).toMatchObject({
      error: { code: 'unsupported_api_for_model' },
    })
    expect((await ask(off, {}, { model: 'gpt-5.4' })).status).toBe(200)
  },
  'policy-checked': async (on, off) => {
    expect((await ask(on, {}, { model: 'gemini-2.5-pro' })).json).toMatchObject({
      error: { code: 'model_not_supported' },
    })
    expect((await ask(off, {}, { model: 'gemini-2.5-pro' })).status).toBe(200)
  },
  'models-rate-limited': async (on, off) => {
    expect([(await on.get('/models')).status, (await on.get('/models')).status]).toEqual([200, 429])
    expect([(await off.get('/models')).status, (await off.get('/models')).status]).toEqual([200, 200])
  },
  'policy-changes-list': async (on, off) => {
    for (const trial of [on, off]) {
      expect((await trial.post('/models/gemini-2.5-pro/policy', { state: 'enabled' })).status).toBe(200)
    }
    expect(await statuses(ask(on, {}, { model: 'gemini-2.5-pro' }), ask(off, {}, { model: 'gemini-2.5-pro' }))).toEqual(
      [200, 400],
    )
  },
  'session-expired': async (on, off) => {
    const use = async (trial: Trial) => {
      const { json } = await trial.post('/models/session', { auto_mode: { model_hints: ['auto'] } })
      return ask(trial, { 'copilot-session-token': String(json['session_token']) })
    }
    expect(await statuses(use(on), use(off))).toEqual([401, 200])
  },
  'stream-comments': async (on, off) => {
    expect((await ask(on, {}, { stream: true })).text).toMatch(/^: keep-alive$/m)
    expect((await ask(off, {}, { stream: true })).text).not.toMatch(/^:/m)
  },
  'stream-awkward-bytes': async (on, off) => {
    const strange = { stream: true, messages: [{ role: 'user', content: 'grüße 🎉' }] }
    const [awkward, smooth] = [await ask(on, {}, strange), await ask(off, {}, strange)]
    expect(awkward.text).toContain('\r\n\r\n')
    expect(smooth.text).not.toContain('\r')
    expect(JSON.stringify(awkward.events)).toContain('🎉')
  },
  'tools-limited': async (on, off) => {
    const tools = Array.from({ length: 129 }, (_, at) => ({
      type: 'function',
      function: { name: `t${at}` },
    }))
    expect((await ask(on, {}, { tools })).text).toContain('array too long')
    expect((await ask(off, {}, { tools })).status).toBe(200)
  },
  'tool-schemas-checked': async (on, off) => {
    for (const parameters of [
      {},
      { type: 'object' },
      { type: 'object', properties: {}, anyOf: [{ required: ['a'] }] },
      { type: 'object', properties: { list: { type: 'array' } } },
    ]) {
      const tools = [{ type: 'function', function: { name: 't', parameters } }]
      expect((await ask(on, {}, { tools })).text).toContain('invalid_function_parameters')
      expect((await ask(off, {}, { tools })).status).toBe(200)
      const flat = {
        model: 'gpt-5.4',
        input: 'hi',
        tools: [{ type: 'function', name: 't', parameters, strict: false }],
      }
      expect(await statuses(on.post('/responses', flat), off.post('/responses', flat))).toEqual([400, 200])
    }
    const format = { type: 'json_schema', name: 'f', strict: true, schema: { type: 'object', properties: {} } }
    const held = { model: 'gpt-5.4', input: 'hi', text: { format } }
    expect(await statuses(on.post('/responses', held), off.post('/responses', held))).toEqual([400, 200])
    const tools = [{ name: 't', input_schema: { type: 'object', oneOf: [{ required: ['a'] }] } }]
    expect(await statuses(send(on, { tools }), send(off, { tools }))).toEqual([400, 200])
  },
  'prefill-refused': async (on, off) => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]
    expect(await statuses(send(on, { messages }), send(off, { messages }))).toEqual([400, 200])
    const more = { model: 'claude-haiku-4.5', messages }
    expect(await statuses(ask(on, {}, more), ask(off, {}, more))).toEqual([400, 200])
  },
  'quota-headers': async (on, off) => {
    expect((await ask(on)).headers.get('x-quota-snapshot-chat')).toMatch(/^ent=-1&ov=0.0/)
    expect((await ask(on, {}, { model: 'nothing' })).headers.get('x-quota-snapshot-chat')).toMatch(/^ent=-1/)
    expect((await ask(off)).headers.get('x-quota-snapshot-chat')).toBeNull()
  },
  'copilot-usage': async (on, off) => {
    expect((await send(on, {})).json).toHaveProperty('copilot_usage.total_nano_aiu')
    expect((await send(off, {})).json).not.toHaveProperty('copilot_usage')
  },
  'foreign-reasoning-refused': async (on, off) => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'bm90IG91cnM=' }
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [thinking, { type: 'text', text: 'b' }] },
      { role: 'user', content: 'c' },
    ]
    expect((await send(on, { messages })).text).toContain('Invalid `signature` in `thinking` block')
    expect((await send(off, { messages })).status).toBe(200)
    const input = [
      { type: 'reasoning', summary: [], encrypted_content: 'bm90IG91cnM=' },
      { role: 'user', content: 'c' },
    ]
    const respond = (trial: Trial) => trial.post('/responses', { model: 'gpt-5.2', input })
    expect((await respond(on)).text).toContain('could not be verified')
    expect((await respond(off)).status).toBe(200)
  },
  'context-management-beta': async (on, off) => {
    const more = { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } }
    expect((await send(on, more)).json).toEqual({ message: 'context_management: Extra inputs are not permitted' })
    expect((await send(on, more, { 'anthropic-beta': 'context-management-2025-06-27' })).status).toBe(200)
    expect((await send(off, more)).status).toBe(200)
  },
  'unknown-beta-refused': async (on, off) => {
    const beta = { 'anthropic-beta': 'effort-2025-11-24' }
    expect(await statuses(send(on, {}, beta), send(off, {}, beta))).toEqual([400, 200])
  },
  'effort-checked': async (on, off) => {
    const more = { model: 'claude-opus-4.7', output_config: { effort: 'high' } }
    expect((await send(on, more)).json).toMatchObject({ error: { code: 'invalid_reasoning_effort' } })
    expect((await send(off, more)).status).toBe(200)
    expect((await send(on, { thinking: { type: 'adaptive' } })).text).toContain('adaptive thinking is not supported')
    expect((await ask(on, {}, { reasoning_effort: 'low' })).status).toBe(400)
  },
  'tool-reference-checked': async (on, off) => {
    const use = { type: 'tool_use', id: 'toolu_1', name: 'find', input: {} }
    const result = {
      type: 'tool_result',
      tool_use_id: 'toolu_1',
      content: [{ type: 'tool_reference', tool_name: 'lost' }],
    }
    const more = {
      tools: [{ name: 'find', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [use] },
        { role: 'user', content: [result] },
      ],
    }
    expect((await send(on, more)).text).toContain("Tool reference 'lost' not found in available tools")
    expect((await send(off, more)).status).toBe(200)
  },
  'count-tokens-missing': async (on, off) => {
    const count = (trial: Trial) =>
      trial.post('/v1/messages/count_tokens', { model: message.model, messages: message.messages })
    expect((await count(on)).status).toBe(404)
    expect((await count(off)).json['input_tokens']).toBeGreaterThan(0)
  },
  'errors-as-text': async (on, off) => {
    const type = async (trial: Trial) => (await ask(trial, {}, { model: 'nothing' })).headers.get('content-type')
    expect([await type(on), await type(off)]).toEqual(['text/plain; charset=utf-8', 'application/json; charset=utf-8'])
  },
  'errors-unwrapped': async (on, off) => {
    expect((await ask(on, {}, { model: 'nothing' })).json).toEqual({ message: 'The requested model is not supported.' })
    expect((await ask(off, {}, { model: 'nothing' })).json).toHaveProperty('error.param', 'model')
  },
  'errors-bad-request': async (on, off) => {
    expect((await ask(on, {}, { model: 'nothing' })).text).toBe('Bad Request\n')
    expect((await ask(off, {}, { model: 'nothing' })).text).not.toBe('Bad Request\n')
  },
  'errors-html': always(502, /^<html>/),
  'errors-empty': always(502, /^$/),
  'rate-limited-seconds': always(429, /"code":"rate_limited"/, /^3$/),
  'rate-limited-date': always(429, /"code":"rate_limited"/, / GMT$/),
  'rate-limited-text': always(429, /Please retry after 2733 seconds/),
  'rate-limited-plan': always(429, /"code":"user_global_rate_limited:pro"/, /^184000$/),
  'quota-exceeded': always(402, /"code":"quota_exceeded"/, /^3600$/),
  'too-large': always(413, /^failed to parse request\n$/),
  'prompt-filtered': always(422, /content_filter/),
  'client-refused': always(466, /client not supported/),
  cancelled: always(499, /cancelled/),
  unavailable: always(503, /overloaded/),
  'silence-before-headers': async (on, off) => {
    const impatient = (trial: Trial) =>
      fetch(`${trial.url}/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer gho_x' },
        body: JSON.stringify(chat),
        signal: AbortSignal.timeout(500),
      })
    await expect(impatient(on)).rejects.toThrow(/timeout/)
    expect(on.emulator.requests().at(-1)).toMatchObject({ finished: false })
    expect((await ask(off)).status).toBe(200)
  },
  'silence-between-chunks': async (on, off) => {
    const impatient = async (trial: Trial): Promise<string> => {
      const response = await fetch(`${trial.url}/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer gho_x' },
        body: JSON.stringify({ ...chat, stream: true }),
        signal: AbortSignal.timeout(500),
      })
      expect(response.status).toBe(200)
      return response.text()
    }
    await expect(impatient(on)).rejects.toThrow(/timeout/)
    expect(await impatient(off)).toContain('[DONE]')
  },
  'reset-mid-stream': async (on, off) => {
    const [cut, whole] = [await ask(on, {}, { stream: true }), await ask(off, {}, { stream: true })]
    expect([cut.broken, whole.broken]).toEqual([true, false])
    expect(cut.events.length).toBeGreaterThan(0)
    expect(on.emulator.requests().at(-1)).toMatchObject({ status: 200, finished: false, aborted: false })
  },
  'end-mid-stream': async (on, off) => {
    const [cut, whole] = [await ask(on, {}, { stream: true }), await ask(off, {}, { stream: true })]
    expect([cut.broken, cut.text.includes('[DONE]'), whole.text.includes('[DONE]')]).toEqual([false, false, true])
  },
  'embeddings-string-refused': async (on, off) => {
    const embed = (trial: Trial, input: unknown) =>
      trial.post('/embeddings', { model: 'text-embedding-3-small', input })
    expect(await statuses(embed(on, 'a'), embed(off, 'a'))).toEqual([400, 200])
    expect(await statuses(embed(on, ['a']), embed(off, [[1, 2]]))).toEqual([200, 400])
  },
  'vision-header-required': async (on, off) => {
    const part = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    const more = { messages: [{ role: 'user', content: [{ type: 'text', text: 'what?' }, part] }] }
    expect((await ask(on, {}, more)).text).toContain('missing required Copilot-Vision-Request header')
    expect((await ask(on, { 'copilot-vision-request': 'true' }, more)).text).toContain('I see image/png of 8 bytes')
    expect((await ask(off, {}, more)).status).toBe(200)
  },
}

/** Long enough that only the client's own limit can end the wait. */
const slow: EmulatorOptions = { silence: 60_000 }

describe('quirks of sign-in, models, errors and transport', () => {
  // Object.entries of the table above: its keys are quirk names.
  for (const [name, demonstrate] of Object.entries(demonstrations) as [QuirkName, Demonstration][]) {
    test(name, async () => {
      const extra = name.startsWith('silence') ? slow : {}
      await withTrial({ ...extra, quirks: { [name]: true } }, (on) =>
        withTrial({ ...extra, quirks: { [name]: false } }, (off) => demonstrate(on, off)),
      )
    })
  }
})
