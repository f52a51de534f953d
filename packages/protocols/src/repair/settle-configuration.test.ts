import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { asObjects } from '../core/json.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'

const schema = { type: 'object', properties: {}, required: [], additionalProperties: false }
const update = {
  type: 'configuration_update',
  reasoning: { effort: 'low' },
  text: { format: { type: 'json_schema', name: 'shape', schema, strict: true } },
}
const later = { type: 'configuration_update', reasoning: { effort: 'high' } }
const input = [{ role: 'user', content: 'Hi' }, update, { role: 'user', content: 'Go on' }, later]
const asked = { model: 'm', input, reasoning: { effort: 'none', summary: 'auto' } }

describe('settings that a conversation of Responses changes on its way', () => {
  it('are those of the request elsewhere, each as it was set last', () => {
    const [body, losses] = send(responses, chat, asked)
    expect(body).toMatchObject({
      reasoning_effort: 'high',
      response_format: { type: 'json_schema', json_schema: { name: 'shape', schema, strict: true } },
    })
    expect(asObjects(body['messages'])).toHaveLength(2)
    expect(losses).toEqual([])
    expect(send(responses, messages, asked)[0]).toMatchObject({
      output_config: { effort: 'high', format: { schema } },
    })
  })

  it('end with a return to plain text', () => {
    const plain = { type: 'configuration_update', text: { format: { type: 'text' } } }
    const [body] = send(responses, chat, { ...asked, input: [...input, plain] })
    expect(body['response_format']).toBeUndefined()
  })

  it('may be those of any JSON', () => {
    const json = { type: 'configuration_update', text: { format: { type: 'json_object' } } }
    const [body] = send(responses, chat, { ...asked, input: [...input, json] })
    expect(body['response_format']).toEqual({ type: 'json_object' })
  })

  it('are reported where no word is known for them', () => {
    const more = { ...later, id: 'x', reasoning: { effort: 'high', mode: 'pro' }, text: { verbosity: 'low' }, other: 1 }
    const [, losses] = send(responses, chat, { ...asked, input: [...input, more, more] })
    expect(losses.map(({ path }) => path.replace('configuration_update.', ''))).toEqual([
      'other',
      'reasoning.mode',
      'text.verbosity',
    ])
  })

  it('stay items in their own protocol', () => {
    expect(send(responses, responses, asked)[0]['input']).toMatchObject([{}, update, {}, later])
  })
})
