import { createEmulator } from './emulator.ts'
import type { Emulator } from './emulator.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { EmulatorOptions } from './state.ts'

/** An answer as the tests look at it. */
export interface TrialAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body when it is JSON, else an empty object. */
  readonly json: JsonObject
  /** The data of every event of a stream that is JSON. */
  readonly events: readonly JsonObject[]
  /** The body ended with an error. */
  readonly broken: boolean
}

/** A running emulator with a caller that is signed in with a direct token. */
export interface Trial {
  readonly url: string
  readonly emulator: Emulator
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<TrialAnswer>
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<TrialAnswer>
}

const signedIn = { authorization: 'Bearer gho_trial', accept: 'application/json', 'content-type': 'application/json' }

const parse = (text: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Reads the events of a stream. */
const readEvents = (text: string): readonly JsonObject[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: {'))
    .map((line) => parse(line.slice('data: '.length)))

async function ask(url: string, init: RequestInit): Promise<TrialAnswer> {
  const response = await fetch(url, init)
  const decoder = new TextDecoder()
  let text = ''
  let broken = false
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  } catch {
    broken = true
  }
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: parse(text),
    events: readEvents(text),
    broken,
  }
}

/** Runs an emulator for as long as `use` takes (for tests). */
export async function withTrial(options: EmulatorOptions, use: (trial: Trial) => Promise<void>): Promise<void> {
  const emulator = createEmulator({ silence: 30, ...options })
  const { url } = await emulator.start()
  try {
    await use({
      url,
      emulator,
      get: (path, headers) => ask(url + path, { headers: { ...signedIn, ...headers } }),
      post: (path, body, headers) =>
        ask(url + path, {
          method: 'POST',
          headers: { ...signedIn, ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
    })
  } finally {
    await emulator.stop()
  }
}
