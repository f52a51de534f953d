import { expect, it } from 'vitest'
import type { ClientOut } from '../client.ts'
import { tellPrevious } from './tell-previous.ts'

function heard(answer: (out: ClientOut) => void): { readonly headers: object; readonly text: string } {
  let headers: object = {}
  let text = ''
  const take = (bytes: Buffer | string = ''): boolean => ((text += bytes.toString()), true)
  const out: ClientOut = {
    begin: (_status, given) => void (headers = given),
    write: take,
    end: (bytes) => void take(bytes),
  }
  answer(tellPrevious(out, 'resp_"1'))
  return { headers, text }
}

it('a whole answer names the one before it, and no longer its old length', () => {
  const json = JSON.stringify({ id: 'resp_2', previous_response_id: null, output: [] })
  const { headers, text } = heard((out) => {
    out.begin(200, { 'content-type': 'application/json', 'content-length': String(json.length) })
    out.end(json)
  })
  expect(JSON.parse(text)).toEqual({ id: 'resp_2', previous_response_id: 'resp_"1', output: [] })
  expect(headers).toEqual({ 'content-type': 'application/json' })
})

it('so does each event that holds the answer, while all others and every text stay as they are', () => {
  const said = { type: 'response.output_text.delta', delta: '{"previous_response_id":null} ä' }
  const frame = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
  const begun = { type: 'response.created', response: { previous_response_id: null } }
  const { text } = heard((out) => {
    out.begin(200, { 'content-type': 'text/event-stream' })
    out.write(Buffer.from(frame(begun).replace('null', ' null')))
    out.write(Buffer.from(frame(said)))
    out.end()
  })
  expect(text).toBe(frame(begun).replace('null', ' "resp_\\"1"') + frame(said))
})
