import { asObject, asObjects, type JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { json, sse, startScripted } from './scripted.ts'
import { startSupplies, type TestSupply } from './supply.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A local server whose model's template begins its thoughts, so that its answers only end them. */
async function start(pieces: readonly string[]): Promise<TestSupply> {
  const upstream = await startScripted((response, { body }) => {
    const choice = { message: { role: 'assistant', content: pieces.join('') }, finish_reason: 'stop' }
    if (body['stream'] !== true) return json(response, 200, { id: 'x', model: 'm', choices: [{ index: 0, ...choice }] })
    const chunk = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
      id: 'x',
      object: 'chat.completion.chunk',
      model: 'm',
      choices: [{ index: 0, delta, finish_reason }],
    })
    sse(response, [...pieces.map((content) => chunk({ content })), chunk({}, 'stop')], true)
  })
  closing.push(() => upstream.close())
  const supply = startSupplies([
    { name: 'local', type: 'compatible', baseUrl: `${upstream.url}/v1`, models: { m: {} } },
  ])
  closing.push(() => supply.close())
  return supply
}

/** What a client of Messages is told: thoughts, then words. */
async function ask(supply: TestSupply, stream: boolean, more: JsonObject = {}): Promise<readonly [string, string]> {
  const body = { model: 'local/m', max_tokens: 2000, stream, messages: [{ role: 'user', content: 'Hi' }], ...more }
  const { events, answer } = await supply.ask('messages', body)
  const blocks = stream
    ? asObjects(events).flatMap(({ delta }) => asObjects([delta]))
    : asObjects(asObject(answer)?.['content'])
  const join = (member: string): string => blocks.map((block) => block[member] ?? '').join('')
  return [join('thinking'), join('text')]
}

const open = ['It may ', 'be so.', '\n</thi', 'nk>\n\n', 'Yes', '.']

describe('a model whose answers only end their thoughts', () => {
  it.each([true, false])('is known by its first one, in a stream: %s', async (stream) => {
    const supply = await start(open)
    const first = await ask(supply, stream)
    expect(first).toEqual(stream ? ['', open.join('')] : ['It may be so.', 'Yes.'])
    expect(await ask(supply, true)).toEqual(['It may be so.', 'Yes.'])
  })

  it('is known so for requests that say the same of reasoning', async () => {
    const supply = await start(open)
    await ask(supply, false, { thinking: { type: 'enabled', budget_tokens: 1024 } })
    expect(await ask(supply, true)).toEqual(['', open.join('')])
  })

  it('is known so until an answer has no thoughts', async () => {
    const pieces = [...open]
    const supply = await start(pieces)
    await ask(supply, false)
    pieces.splice(0, pieces.length, 'Yes', '.')
    expect(await ask(supply, true)).toEqual(['Yes.', 'Yes.'])
    expect(await ask(supply, true)).toEqual(['', 'Yes.'])
  })
})
