import { randomUUID } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import {
  asObject,
  asObjects,
  asString,
  GatewayError,
  parseObject,
  type JsonObject,
  type MutableJson,
} from '@crossfeed/protocols'
import type { AnswerHeaders, Sink } from '../../transport/http.ts'
import { usageOf } from './native-request.ts'

/** Bytes of an answer, or characters of a line, at most. */
const mostHeld = 64 * 1024 * 1024

/**
 * The answer of `/api/chat` as one of Chat Completions: JSON for JSON, an event stream for lines of JSON (docs/api.md of
 * ollama/ollama). Errors pass as they are. Its `data` throws GatewayError with reason
 * `answer-too-large` or `event-too-large`.
 */
export function readNativeAnswer(sink: Sink): Sink {
  let inner: Sink = sink
  return {
    headers(status, headers) {
      if (status === 200) inner = isLines(headers) ? readLines(sink) : readWhole(sink)
      inner.headers(status, headers)
    },
    data: (chunk) => inner.data(chunk),
    end: () => inner.end(),
    fail: (error) => sink.fail(error),
  }
}

function isLines(headers: AnswerHeaders): boolean {
  const type = headers['content-type']
  return typeof type === 'string' && type.includes('ndjson')
}

function readWhole(sink: Sink): Sink {
  const chunks: Buffer[] = []
  let size = 0
  return {
    headers: (status, headers) => sink.headers(status, headers),
    data(chunk) {
      size += chunk.length
      if (size > mostHeld) throw tooLarge('an answer', 'answer-too-large')
      chunks.push(chunk)
    },
    end() {
      const text = Buffer.concat(chunks).toString()
      const answer = parseObject(text)
      const isAnswer = answer !== undefined && asObject(answer['message']) !== undefined
      sink.data(Buffer.from(isAnswer ? JSON.stringify(wholeOf(answer)) : text))
      sink.end()
    },
    fail: (error) => sink.fail(error),
  }
}

function readLines(sink: Sink): Sink {
  const decoder = new StringDecoder('utf8')
  const stream = createStream()
  // An unfinished line stays in pieces: searching it anew with each chunk takes the square of its length.
  let held: string[] = []
  let size = 0
  const hold = (text: string): void => {
    held.push(text)
    size += text.length
    if (size > mostHeld) throw tooLarge('a line', 'event-too-large')
  }
  const release = (): string => {
    const text = held.join('')
    held = []
    size = 0
    return text
  }
  const take = (line: string): void => {
    const answer = line.trim() === '' ? undefined : parseObject(line)
    const frames = answer === undefined ? '' : stream.write(answer)
    if (frames !== '') sink.data(Buffer.from(frames))
  }
  return {
    headers: (status, headers) => sink.headers(status, { ...headers, 'content-type': 'text/event-stream' }),
    data(chunk) {
      const lines = decoder.write(chunk).split('\n')
      const rest = lines.pop() ?? ''
      for (const line of lines) {
        hold(line)
        take(release())
      }
      hold(rest)
    },
    end() {
      take(release())
      sink.end()
    },
    fail: (error) => sink.fail(error),
  }
}

function tooLarge(what: string, reason: string): GatewayError {
  return new GatewayError('upstream', 502, `The upstream sent ${what} of more than ${mostHeld} bytes.`, { reason })
}

/** Writes the chunks of one stream. */
function createStream(): { write(answer: JsonObject): string } {
  const id = `chatcmpl-${randomUUID()}`
  let calls = 0
  return {
    write(answer) {
      const error = asString(answer['error'])
      if (error !== undefined) return frame({ error: { message: error, type: 'api_error' } })
      const shared = { id, object: 'chat.completion.chunk', created: createdAt(answer), model: answer['model'] ?? '' }
      const chunk = (delta: JsonObject, finish: string | null): string =>
        frame({ ...shared, choices: [{ index: 0, delta, finish_reason: finish }] })
      const made = callsOf(answer, calls)
      calls += made.length
      const delta: MutableJson = wordsOf(answer)
      if (made.length > 0) delta['tool_calls'] = made
      const said = Object.keys(delta).length > 0 ? chunk({ role: 'assistant', ...delta }, null) : ''
      if (answer['done'] !== true) return said
      const usage = frame({ ...shared, choices: [], usage: usageOf(answer) })
      return `${said}${chunk({}, finishOf(answer, calls))}${usage}data: [DONE]\n\n`
    },
  }
}

function wholeOf(answer: JsonObject): JsonObject {
  const calls = callsOf(answer, 0).map(({ index: _index, ...call }) => call)
  const message: MutableJson = { role: 'assistant', content: '', ...wordsOf(answer) }
  if (calls.length > 0) message['tool_calls'] = calls
  return {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: createdAt(answer),
    model: answer['model'] ?? '',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(answer, calls.length) }],
    usage: usageOf(answer),
  }
}

/** Text and thinking, where there are any. */
function wordsOf(answer: JsonObject): MutableJson {
  const message = asObject(answer['message'])
  const content = asString(message?.['content'])
  const thinking = asString(message?.['thinking'])
  return { ...(content ? { content } : {}), ...(thinking ? { reasoning: thinking } : {}) }
}

/** Tool calls come whole and, before version 0.12, without ids. */
function callsOf(answer: JsonObject, before: number): readonly MutableJson[] {
  return asObjects(asObject(answer['message'])?.['tool_calls']).map((call, index) => {
    const called = asObject(call['function'])
    const text = JSON.stringify(called?.['arguments'] ?? {})
    return {
      index: before + index,
      id: asString(call['id']) || `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
      type: 'function',
      function: { name: asString(called?.['name']) ?? '', arguments: text },
    }
  })
}

function finishOf(answer: JsonObject, calls: number): string {
  if (answer['done_reason'] === 'length') return 'length'
  return calls > 0 ? 'tool_calls' : 'stop'
}

function createdAt(answer: JsonObject): number {
  const time = Date.parse(asString(answer['created_at']) ?? '')
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000)
}

function frame(chunk: JsonObject): string {
  return `data: ${JSON.stringify(chunk)}\n\n`
}
