import type { Env } from '../../config/home.ts'
import { commands } from '../commands.ts'

const words = [...new Set(commands.map(({ name }) => name.split(' ')[0]))].join('|')
/** `crossfeed` where it begins a command, and is no part of an address or a path and has no npx before it. */
const pattern = new RegExp(String.raw`(?<=^|[ (])(?<!npx )crossfeed(?= (?:${words}|--help)\b|$)`, 'gm')

/** The text with its commands as this person types them: by npx where npm started us, for a checkout puts none on the path. */
export function asTyped(text: string, env: Env): string {
  return env.npm_execpath === undefined ? text : text.replaceAll(pattern, 'npx crossfeed')
}
