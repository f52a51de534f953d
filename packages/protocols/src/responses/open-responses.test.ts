import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { isObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Asked } from '../core/protocol.ts'
import { unfoldReply, type Reply } from '../core/reply.ts'
import { responses } from './index.ts'

function schema(name: string): ValidateFunction {
  const file = new URL(`../../../../fixtures/schemas/lenient/openresponses.${name}.json`, import.meta.url)
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isObject(value)) throw new Error('no schema')
  return new Ajv2020({ strict: false, validateFormats: false }).compile(value)
}

const prompt = responses.readRequest({
  model: 'm',
  input: 'Hi',
  tools: [{ type: 'function', name: 'f' }],
})
const asked: Asked = { prompt, now: 1, newId: () => 'id' }
const parts: readonly Part[] = [
  { kind: 'reasoning', text: 'Hm', form: 'summary', seal: { issuer: 'a', protocol: 'messages', data: 'sig' } },
  { kind: 'reasoning', text: 'Hmm', form: 'full', extras: { responses: { content: [] } } },
  { kind: 'text', text: 'One', citations: [{ url: 'https://a' }], logprobs: [{ token: 'One', logprob: -1 }] },
  { kind: 'refusal', text: 'No' },
  { kind: 'compaction', text: 'Before.' },
  { kind: 'tool-call', id: 'c1', name: 'f', input: '{}', form: 'json' },
]
const reply = (finish: Reply['finish']): Reply => ({
  id: 'x',
  model: 'm',
  parts,
  finish,
  usage: { input: 10, output: 5 },
  tier: 'flex',
})

it.each(['tool-calls', 'length', 'refusal'] as const)(
  'an answer that ended by %s is one of Open Responses',
  (finish) => {
    const whole = schema('response')
    expect([whole(responses.writeReply(reply(finish), asked, () => {})), whole.errors]).toEqual([true, null])
    expectEvents(unfoldReply(reply(finish)))
  },
)

it('a stream that failed is one too', () => {
  const busy: ReplyEvent = { type: 'error', error: new GatewayError('overloaded', 529, 'Busy.') }
  expectEvents([...unfoldReply(reply('stop')).slice(0, -2), busy])
})

function expectEvents(events: readonly ReplyEvent[]): void {
  const validate = schema('stream-event')
  const writer = responses.writeEvents(asked, () => {})
  for (const { data } of events.flatMap((event) => writer.push(event))) {
    // Open Responses calls the full text of reasoning otherwise; OpenAI's own name is what clients know.
    if (isObject(data) && String(data['type']).startsWith('response.reasoning_text.')) continue
    expect([validate(data), data, validate.errors]).toEqual([true, data, null])
  }
}
