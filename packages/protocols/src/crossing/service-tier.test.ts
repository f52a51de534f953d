import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from './crossed-answers.test-support.ts'
import { chat } from '../chat/index.ts'
import { asObject, type JsonObject } from '../core/json.ts'
import type { Protocol } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const completion = (tier: string): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'served',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  service_tier: tier,
})
const chunks = (tier: string): readonly JsonObject[] => [
  {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'served',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    service_tier: tier,
  },
]
const response = (tier: string): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  model: 'served',
  status: 'completed',
  output: [],
  service_tier: tier,
})

/** What the last event of a stream says of the tier. */
function lastTier(events: ReturnType<typeof crossStream>['answer']): unknown {
  const found = events.flatMap((event) => {
    const body = event === '[DONE]' ? undefined : (asObject(event['response']) ?? event)
    return body?.['service_tier'] === undefined ? [] : [body['service_tier']]
  })
  return found.at(-1)
}

describe('the service tier that answered', () => {
  it('is told across the protocols of OpenAI, whole and streamed', () => {
    expect(crossAnswer('chat', 'responses', completion('flex')).answer['service_tier']).toBe('flex')
    expect(lastTier(crossStream('chat', 'responses', chunks('priority')).answer)).toBe('priority')
    expect(crossAnswer('responses', 'chat', response('flex')).answer['service_tier']).toBe('flex')
    const completed = { type: 'response.completed', response: response('priority') }
    expect(lastTier(crossStream('responses', 'chat', [completed]).answer)).toBe('priority')
  })

  it('is not asked of Chat Completions where only Responses has it', () => {
    const losses: string[] = []
    const ask = (service_tier: string): unknown =>
      translate({
        from: responses,
        to: chat,
        body: { model: 'm', input: 'Hi', service_tier },
        model: 'm',
        issuer: 'i',
        traits: plainTraits,
        lose: ({ path }) => losses.push(path),
      }).body['service_tier']
    expect([ask('priority'), ask('ultrafast')]).toEqual(['priority', undefined])
    expect(losses).toEqual(['service_tier'])
  })

  it('has another name in Messages for the standard one', () => {
    const crossed = (from: Protocol, to: Protocol, service_tier: string): readonly unknown[] => {
      const losses: string[] = []
      const body = {
        model: 'm',
        max_tokens: 99,
        input: 'Hi',
        messages: [{ role: 'user', content: 'Hi' }],
        service_tier,
      }
      const lose = ({ path }: { readonly path: string }): unknown => losses.push(path)
      const sent = translate({ from, to, body, model: 'm', issuer: 'i', traits: plainTraits, lose }).body
      return [sent['service_tier'], ...losses.filter((path) => path.includes('ier'))]
    }
    expect(crossed(messages, responses, 'standard_only')).toEqual(['default'])
    expect(crossed(messages, chat, 'standard_only')).toEqual(['default'])
    expect(crossed(responses, messages, 'default')).toEqual(['standard_only'])
    expect(crossed(chat, messages, 'default')).toEqual(['standard_only'])
    expect(crossed(chat, messages, 'flex')).toEqual([undefined, 'serviceTier'])
  })

  it("is left out where it is a server's own, which clients refuse", () => {
    expect(crossAnswer('chat', 'responses', completion('on_demand')).answer['service_tier']).toBe('default')
    expect(crossAnswer('responses', 'chat', response('turbo')).answer['service_tier']).toBeUndefined()
  })
})
