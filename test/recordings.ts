import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Name } from './fidelity/said.ts'

/** A row of an `INDEX.json`: files are named from the folder that it is in. */
interface Row {
  readonly status: number
  readonly request?: string
  readonly response?: string
}

/**
 * The folder of recordings: `fixtures`, or instead that which `CROSSFEED_RECORDINGS` names, laid out like it
 * (`recorded-requests`, `responses`, `streams` and `errors` by protocol, and an `INDEX.json`). What no licence lets us keep
 * here can be held to the same judgement from there.
 */
const folder = process.env['CROSSFEED_RECORDINGS'] ?? fileURLToPath(new URL('../fixtures/', import.meta.url))

const index: readonly Row[] = JSON.parse(readFileSync(join(folder, 'INDEX.json'), 'utf8'))

/** All recordings of a kind in one protocol. */
export function fixtures(kind: string, protocol: Name): readonly { readonly name: string; readonly body: string }[] {
  const from = join(folder, kind, protocol)
  if (!existsSync(from)) return []
  return readdirSync(from).map((name) => ({ name, body: readFileSync(join(from, name), 'utf8') }))
}

/** The status that a recorded answer came with, `file` named from its folder as in `errors/chat/x.json`. */
export function recordedStatus(file: string): number {
  const row = index.find((one) => one.response === file)
  if (!row) throw new Error(`${file} has no row in INDEX.json`)
  return row.status
}

/** Whether the service that `file` was recorded with refused it. */
export function wasRefused(file: string): boolean {
  return index.some((one) => one.request === file && one.status >= 400)
}
