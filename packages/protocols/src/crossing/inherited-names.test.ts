import { expect, test } from 'vitest'
import { chat, messages, parseObject, plainTraits, responses, translate, type JsonObject } from '../index.ts'

/** Names that every object of JavaScript inherits: in a body they are words like any other. */
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
const protocols = { chat, responses, messages }
const traits = { ...plainTraits, reasoning: { ...plainTraits.reasoning, adaptive: false } }

/** As JSON from outside: an own member called `__proto__` can be written in no other way. */
function body(text: string): JsonObject {
  return parseObject(text) ?? {}
}

function requests(name: string): { readonly [P in keyof typeof protocols]: JsonObject } {
  const odd = `"${name}": {"polluted": true, "${name}": {"polluted": true}}`
  return {
    chat: body(`{"model": "m", ${odd}, "reasoning_effort": "${name}", "tool_choice": {${odd}},
      "messages": [
        {"role": "${name}", "content": "hi", ${odd}},
        {"role": "user", ${odd}, "content": [
          {"type": "text", "text": "hi", ${odd}},
          {"type": "${name}", ${odd}},
          {"type": "file", "file": {"filename": "a.${name}", "file_data": "aGk=", ${odd}}}]},
        {"role": "assistant", "tool_calls": [
          {"id": "${name}", "type": "function", "function": {"name": "${name}", "arguments": "{}", ${odd}}, ${odd}}]}],
      "tools": [{"type": "function", "function": {"name": "${name}", "parameters": {${odd}}, ${odd}}, ${odd}}]}`),
    responses: body(`{"model": "m", ${odd}, "reasoning": {"effort": "${name}", ${odd}}, "text": {${odd}},
      "input": [
        {"role": "${name}", "content": "hi", ${odd}},
        {"type": "${name}", ${odd}},
        {"role": "user", ${odd}, "content": [
          {"type": "input_text", "text": "hi", ${odd}},
          {"type": "input_file", "filename": "a.${name}", "file_data": "aGk=", ${odd}}]},
        {"type": "function_call", "call_id": "${name}", "name": "${name}", "arguments": "{}", ${odd}}],
      "tools": [{"type": "function", "name": "${name}", "parameters": {${odd}}, ${odd}}, {"type": "${name}", ${odd}}]}`),
    messages: body(`{"model": "m", "max_tokens": 9000, ${odd}, "output_config": {"effort": "${name}", ${odd}},
      "thinking": {"type": "adaptive", ${odd}}, "metadata": {"user_id": "u", ${odd}},
      "messages": [
        {"role": "user", ${odd}, "content": [{"type": "text", "text": "hi", ${odd}}, {"type": "${name}", ${odd}}]},
        {"role": "assistant", "content": [
          {"type": "tool_use", "id": "${name}", "name": "${name}", "input": {${odd}}, ${odd}}]}],
      "tools": [{"name": "${name}", "input_schema": {${odd}}, ${odd}}, {"type": "${name}", "name": "x", ${odd}}]}`),
  }
}

const ids = ['chat', 'responses', 'messages'] as const
const crossings = names.flatMap((name) => ids.flatMap((from) => ids.map((to) => [name, from, to] as const)))

test.each(crossings)('%s is a name like any other from %s to %s', (name, from, to) => {
  const written = translate({
    from: protocols[from],
    to: protocols[to],
    body: requests(name)[from],
    model: 'm',
    issuer: 'i',
    traits,
    lose: () => {},
  }).body
  expect(JSON.stringify(written)).not.toContain('[native code]')
  expect(holdsOnlyJson(written)).toBe(true)
  expect('polluted' in {}).toBe(false)
})

test.each(['constructor', 'toString', 'hasOwnProperty'])('a member called %s comes back as it was', (name) => {
  for (const id of ['chat', 'messages'] as const) {
    const member = { [name]: { kept: true, [name]: 1 } }
    const turn = { role: 'user', content: [{ type: 'text', text: 'hi', ...member }], ...member }
    const request = { model: 'm', max_tokens: 9, messages: [turn], ...member }
    const written = protocols[id].writeRequest(protocols[id].readRequest(request), traits, () => {})
    expect(written).toMatchObject(request)
  }
})

test.each(names)('an error of class %s has a status', (name) => {
  const failures = [
    chat.readEvents('').push({ data: { error: { type: name, code: name, message: 'no' } } }),
    responses.readEvents('').push({ data: { type: 'error', code: name, message: 'no' } }),
    messages.readEvents('').push({ data: { type: 'error', error: { type: name, message: 'no' } } }),
  ]
  for (const [event] of failures) expect(event).toMatchObject({ type: 'error', error: { status: 502 } })
})

/** Whether no inherited function, and no number that is none, has come in from a table. */
function holdsOnlyJson(value: unknown): boolean {
  if (typeof value === 'function' || Number.isNaN(value)) return false
  if (typeof value !== 'object' || value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null
  return isPlain && Object.values(value).every(holdsOnlyJson)
}
