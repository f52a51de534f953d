import { slips } from '@crossfeed/protocols'

/** No model has a longer name. Looking for one takes time for its length. */
const longest = 200

/**
 * Those of the names that are near to `wanted`, nearest first; dots, dashes and case count the same. Near is a name that has
 * `wanted` in it, one that shares a word with it (`gpt`, `opus`), and one that differs by a slip of the hand.
 */
export function nearestNames(wanted: string, names: Iterable<string>, count: number): string[] {
  if (wanted.length > longest) return []
  const words = new Set(wordsOf(wanted))
  const near = [...names].filter((name) => {
    const most = Math.max(1, Math.floor(Math.max(wanted.length, name.length) / 3))
    return wordsOf(name).some((word) => words.has(word)) || distance(wanted, name) <= most
  })
  return sortByNearness(wanted, near).slice(0, count)
}

/** The names, those first that are spelled most like `wanted`; a name that has `wanted` in it comes before all others. */
export function sortByNearness(wanted: string, names: Iterable<string>): string[] {
  if (wanted.length > longest) return [...names]
  return [...names]
    .map((name) => ({ name, distance: distance(wanted, name) }))
    .sort((a, b) => a.distance - b.distance)
    .map((one) => one.name)
}

function distance(wanted: string, name: string): number {
  return normal(name).includes(normal(wanted)) ? 0 : slips(normal(wanted), normal(name))
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('.', '-')
}

/** Runs of letters that tell names apart. */
function wordsOf(name: string): readonly string[] {
  return name.toLowerCase().match(/\p{L}{3,}/gu) ?? []
}
