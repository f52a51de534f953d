import { expect } from 'vitest'
import { fixtures } from '../recordings.ts'
import { canonical, parsed } from './json.ts'
import type { Call, Name, Said } from './said.ts'

/** What the accumulating helper of the official library does not add up: members beyond its own schema. */
export const forgottenBySdk: Readonly<Record<Name, object>> = {
  chat: { reasoning: expect.any(String), citations: expect.any(Array) },
  responses: {},
  messages: {},
}

/** Recordings that say one thing by deltas and another in the finished item: nothing to hold an answer to. */
const contradictory: ReadonlySet<string> = new Set(['vercel-openai-openai-shell-container-1.sse'])

/** The recorded streams of a protocol that an answer can be held to. */
export function tellingStreams(protocol: Name): ReturnType<typeof fixtures> {
  return fixtures('streams', protocol).filter(({ name }) => !contradictory.has(name))
}

/** How a saying of `from` reads in `to`, by what the two protocols can hold. */
export function expected(said: Said, from: Name, to: Name): object {
  const crossing = from !== to
  return {
    // Messages has no slot for words by which a model declines, only for what the API says of it: they are its text.
    text: crossing && to === 'messages' ? said.text + said.refusal : said.text,
    refusal: crossing && to === 'messages' ? '' : said.refusal,
    reasoning: squeeze(said.reasoning),
    calls: said.calls.map((call) => ({ name: call.name, input: comparable(inputIn(call, from, to), from, to) })),
    finish: finishIn(said, to),
    usage: { ...said.usage },
    citations: crossing ? [...new Set(said.citations)] : said.citations,
  }
}

/** What a client of `to` was told, in the form of `expected`. */
export function got(said: Said, from: Name, to: Name): object {
  return {
    text: said.text,
    refusal: said.refusal,
    reasoning: squeeze(said.reasoning),
    calls: said.calls.map((call) => ({ name: call.name, input: comparable(inputIn(call, from, to), from, to) })),
    finish: said.finish,
    usage: { ...said.usage },
    citations: from === to ? said.citations : [...new Set(said.citations)],
  }
}

/** A free-text input that the client has no custom tool for comes as a function's one argument. */
function inputIn(call: Call, from: Name, to: Name): string {
  return call.form === 'text' && from !== to ? JSON.stringify({ input: call.input }) : call.input
}

/** The bytes, except that Messages holds an object where the others hold its text. No arguments are an empty object. */
function comparable(input: string, from: Name, to: Name): string {
  if (from === to && from !== 'messages') return input
  const whole = input === '' || input === 'null' ? '{}' : input
  return from === 'messages' || to === 'messages' ? canonical(parsed(whole)) : whole
}

/** Where parts of reasoning were put together, the blank lines between them are the writer's. */
function squeeze(words: string): string {
  return words.replace(/\s+/g, '')
}

function finishIn(said: Said, to: Name): string {
  // Only Messages can say that a turn pauses.
  if (said.finish === 'pause' && to !== 'messages') return said.calls.length > 0 ? 'tool-calls' : 'stop'
  return said.finish
}
