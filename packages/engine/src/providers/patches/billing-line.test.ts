import { plainTraits, type Json, type ProtocolId } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import type { Target } from '../provider.ts'
import { billingLines } from './billing-line.ts'

const line = 'x-anthropic-billing-header: cc_version=2.1.329; cch=1f2e3;'
const text = (words: string): Json => ({ type: 'text', text: words })

it.each([
  ['as a block', [text(line), text('Be')], [text('Be')]],
  ['as the only block', [text(line)], undefined],
  ['as a line of a string', `${line}\n\nBe`, 'Be'],
  ['as the only line', line, undefined],
  ['before other words of its block', [text(`${line}\nBe`)], [text('Be')]],
  ['not when other words speak of it', 'About x-anthropic-billing-header', 'About x-anthropic-billing-header'],
  ['not when there is none', '', ''],
])('the line goes %s', (_what, system, left) => {
  const talk = { role: 'user', content: line }
  expect(apply('messages', { system, messages: [talk] })).toEqual({
    ...(left === undefined ? {} : { system: left }),
    messages: [talk],
  })
  for (const role of ['system', 'developer'])
    expect(apply('chat', { messages: [{ role, content: system }, talk] })).toEqual({
      messages: [...(left === undefined ? [] : [{ role, content: left }]), talk],
    })
  if (typeof system !== 'string') return
  expect(apply('responses', { instructions: system, input: line })).toEqual({
    ...(left === undefined ? {} : { instructions: left }),
    input: line,
  })
})

it('what holds no line stays the same object', () => {
  for (const protocol of ['chat', 'responses', 'messages'] as const) {
    const body = { system: '', instructions: 'Be', messages: [{ role: 'system', content: '' }] }
    expect(apply(protocol, body)).toBe(body)
  }
})

function apply(protocol: ProtocolId, given: { readonly [name: string]: Json | undefined }) {
  const facts = { provider: 'p', account: 'p', name: 'm', model: 'm', issuer: 'p', limits: {} }
  const target: Target = { ...facts, protocol, traits: plainTraits }
  const patch = billingLines.find((one) => one.protocol === protocol)!
  return patch.apply(given, target, { from: protocol, headers: {}, note() {}, lose() {} })
}
