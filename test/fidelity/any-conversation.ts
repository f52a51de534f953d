import fc from 'fast-check'
import type { Name } from './said.ts'

/** A conversation in nobody's protocol. */
export interface Talk {
  readonly system: string
  readonly rounds: readonly Round[]
  readonly last: readonly Piece[]
}

type Piece = { readonly text: string } | { readonly image: string }

interface Round {
  readonly user: readonly Piece[]
  readonly reminder: string | undefined
  readonly answer: string
  readonly calls: readonly { readonly name: string; readonly input: object; readonly result: readonly Piece[] }[]
  /** In which order the results come: rotated by so many. */
  readonly turn: number
}

const words = fc
  .tuple(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 12 }), fc.nat({ max: 1e9 }))
  .map(([said, number]) => `w${number} ${said} w${number}`)
const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: words.map((text) => ({ text })) },
  { weight: 1, arbitrary: fc.base64String({ minLength: 8, maxLength: 16 }).map((image) => ({ image })) },
)
const input = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 5 }).filter(isOrdinary),
  fc.jsonValue({ maxDepth: 2 }),
  {
    maxKeys: 3,
  },
)
const call = fc.record({
  name: fc.constantFrom('weather', 'read-file', 'a_b'),
  input,
  result: fc.array(piece, { maxLength: 3 }),
})
const round = fc.record({
  user: fc.array(piece, { minLength: 1, maxLength: 3 }),
  reminder: fc.option(words, { nil: undefined, freq: 4 }),
  answer: fc.oneof(words, fc.constant('')),
  calls: fc.array(call, { maxLength: 3 }),
  turn: fc.nat({ max: 2 }),
})

/** Any conversation that all three protocols can hold. */
export const anyTalk: fc.Arbitrary<Talk> = fc.record({
  system: words,
  rounds: fc.array(round, { maxLength: 3 }),
  last: fc.array(piece, { minLength: 1, maxLength: 2 }),
})

function isOrdinary(name: string): boolean {
  return name !== '__proto__'
}

const schema = { type: 'object', properties: { city: { type: 'string' } } }
const names = ['weather', 'read-file', 'a_b']

/** The conversation as a client of `protocol` sends it. */
export function sayIn(protocol: Name, talk: Talk): object {
  const usesTools = talk.rounds.some((one) => one.calls.length > 0)
  if (protocol === 'chat') {
    const messages = talk.rounds.flatMap((one, at) => chatRound(one, at))
    const tools = names.map((name) => ({ type: 'function', function: { name, parameters: schema } }))
    return {
      messages: [
        { role: 'system', content: talk.system },
        ...messages,
        { role: 'user', content: talk.last.map(chatPiece) },
      ],
      ...(usesTools ? { tools } : {}),
    }
  }
  if (protocol === 'messages') {
    const messages = talk.rounds.flatMap((one, at) => messagesRound(one, at))
    const tools = names.map((name) => ({ name, input_schema: schema }))
    return {
      max_tokens: 1000,
      system: talk.system,
      messages: [...messages, { role: 'user', content: talk.last.map(messagesPiece) }],
      ...(usesTools ? { tools } : {}),
    }
  }
  const items = talk.rounds.flatMap((one, at) => responsesRound(one, at))
  const tools = names.map((name) => ({ type: 'function', name, parameters: schema, strict: false }))
  return {
    instructions: talk.system,
    input: [...items, { role: 'user', content: talk.last.map(responsesPiece) }],
    ...(usesTools ? { tools } : {}),
  }
}

function answersOf(one: Round): boolean {
  return one.answer !== '' || one.calls.length > 0
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

function chatRound(one: Round, at: number): object[] {
  const calls = one.calls.map((made, index) => ({
    id: `call_${at}_${index}`,
    type: 'function',
    function: { name: made.name, arguments: JSON.stringify(made.input) },
  }))
  const results = one.calls.map((made, index) => ({
    role: 'tool',
    tool_call_id: `call_${at}_${index}`,
    content: made.result.map(chatPiece),
  }))
  const answer = { role: 'assistant', content: one.answer || null, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
  return [
    { role: 'user', content: one.user.map(chatPiece) },
    ...(one.reminder === undefined ? [] : [{ role: 'system', content: one.reminder }]),
    ...(answersOf(one) ? [answer] : []),
    ...rotated(results, one.turn),
  ]
}

function chatPiece(one: Piece): object {
  if ('text' in one) return { type: 'text', text: one.text }
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${one.image}` } }
}

function messagesRound(one: Round, at: number): object[] {
  const calls = one.calls.map((made, index) => ({
    type: 'tool_use',
    id: `toolu_${at}_${index}`,
    name: made.name,
    input: made.input,
  }))
  const results = one.calls.map((made, index) => ({
    type: 'tool_result',
    tool_use_id: `toolu_${at}_${index}`,
    content: made.result.map(messagesPiece),
  }))
  const said = one.answer === '' ? [] : [{ type: 'text', text: one.answer }]
  return [
    { role: 'user', content: one.user.map(messagesPiece) },
    ...(one.reminder === undefined ? [] : [{ role: 'system', content: one.reminder }]),
    ...(answersOf(one) ? [{ role: 'assistant', content: [...said, ...calls] }] : []),
    ...(results.length > 0 ? [{ role: 'user', content: rotated(results, one.turn) }] : []),
  ]
}

function messagesPiece(one: Piece): object {
  if ('text' in one) return { type: 'text', text: one.text }
  return { type: 'image', source: { type: 'base64', media_type: 'image/png', data: one.image } }
}

function responsesRound(one: Round, at: number): object[] {
  const calls = one.calls.map((made, index) => ({
    type: 'function_call',
    call_id: `call_${at}_${index}`,
    name: made.name,
    arguments: JSON.stringify(made.input),
  }))
  const results = one.calls.map((made, index) => ({
    type: 'function_call_output',
    call_id: `call_${at}_${index}`,
    output: made.result.map(responsesPiece),
  }))
  const content = [{ type: 'output_text', text: one.answer, annotations: [] }]
  return [
    { role: 'user', content: one.user.map(responsesPiece) },
    ...(one.reminder === undefined ? [] : [{ role: 'developer', content: one.reminder }]),
    ...(one.answer === '' ? [] : [{ type: 'message', role: 'assistant', content }]),
    ...calls,
    ...rotated(results, one.turn),
  ]
}

function responsesPiece(one: Piece): object {
  if ('text' in one) return { type: 'input_text', text: one.text }
  return { type: 'input_image', image_url: `data:image/png;base64,${one.image}` }
}
