import { nearestEffort } from '@crossfeed/protocols'
import type { PatchContext } from '../provider.ts'

/** The effort that a request names under `member`, and what the model offers where that is known. */
interface AskedEffort {
  readonly asked: string | undefined
  readonly offered: readonly string[] | undefined
  readonly member: string
}

/** The nearest effort that the model offers, undefined where it takes none; what differs from the asked is noted. */
export function fitEffort({ asked, offered, member }: AskedEffort, { note }: PatchContext): string | undefined {
  if (asked === undefined || !offered) return asked
  const sent = nearestEffort(asked, offered)
  if (sent !== asked) note(`${member}:${asked}>${sent ?? 'dropped'}`)
  return sent
}
