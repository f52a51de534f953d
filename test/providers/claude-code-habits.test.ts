import type { ProviderSettings } from '@crossfeed/engine'
import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { json, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startSupply, type TestSupply } from './supply.ts'

let upstream: ScriptedUpstream
let supply: TestSupply
afterEach(async () => {
  await supply.close()
  await upstream.close()
})

const kinds: readonly Pick<ProviderSettings, 'type' | 'endpoints'>[] = [
  { type: 'openai', endpoints: ['chat'] },
  { type: 'openai', endpoints: ['responses'] },
  { type: 'azure' },
  { type: 'anthropic' },
  { type: 'ollama' },
  { type: 'compatible', endpoints: ['chat'] },
  { type: 'compatible', endpoints: ['responses'] },
  { type: 'compatible', endpoints: ['messages'] },
]

async function start(kind: (typeof kinds)[number]): Promise<void> {
  upstream = await startScripted((response) => json(response, 400, { error: { message: 'no' } }))
  supply = startSupply({ name: 's', baseUrl: `${upstream.url}/v1`, apiKey: 'sk-test', ...kind })
}

async function sent(body: JsonObject): Promise<JsonObject> {
  await supply.ask('messages', { model: 'm', max_tokens: 99, ...body })
  return upstream.calls.findLast(({ method }) => method === 'POST')?.body ?? {}
}

describe.each(kinds)('a turn of Claude Code at %j', (kind) => {
  it('is the same bytes whatever its billing line says, for the sake of the prompt cache (user-pain 2.3)', async () => {
    await start(kind)
    const turn = (cch: string) =>
      sent({
        system: [
          { type: 'text', text: `x-anthropic-billing-header: cc_version=2.1.329; cch=${cch};` },
          { type: 'text', text: 'You are an agent.' },
        ],
        messages: [{ role: 'user', content: 'Hi' }],
      })
    const [first, second] = [await turn('1f2e3'), await turn('9d8c7')]
    expect(JSON.stringify(first)).toContain('You are an agent.')
    expect(JSON.stringify(first)).not.toContain('billing')
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  })

  it('holds no blank text that an earlier answer left in its history (user-pain 4.6)', async () => {
    await start(kind)
    const blank = { type: 'text', text: '' }
    const body = await sent({
      messages: [
        { role: 'user', content: [blank, { type: 'text', text: 'Look.' }] },
        { role: 'assistant', content: [blank, { type: 'tool_use', id: 't', name: 'look', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'seen' }, blank] },
      ],
      tools: [{ name: 'look', input_schema: { type: 'object', properties: {} } }],
    })
    const text = JSON.stringify(body)
    for (const word of ['Look.', 'look', 'seen']) expect(text).toContain(word)
    expect(text).not.toContain('"text":""')
  })
})

describe("Anthropic's own service", () => {
  it('gets the billing line, which it reads', async () => {
    upstream = await startScripted((response) => json(response, 200, {}))
    supply = startSupply({ name: 's', type: 'anthropic', apiKey: 'sk-ant-test' })
    const patches = supply.provider.requestPatches.filter(({ name }) => name.endsWith('billing-header'))
    expect(patches.map(({ protocol }) => protocol)).toEqual(['chat', 'responses'])
  })
})
