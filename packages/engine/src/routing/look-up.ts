import type { Supply } from '../providers/provider.ts'
import type { Candidate } from './route.ts'

/** The supply of a place, at once where it is known; undefined also where it cannot be looked up: then it is passed over. */
export function lookUp({ find }: Pick<Candidate, 'find'>): Supply | undefined | Promise<Supply | undefined> {
  try {
    const found = find()
    return found instanceof Promise ? found.catch(() => undefined) : found
  } catch {
    return undefined
  }
}
