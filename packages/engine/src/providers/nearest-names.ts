import { slips } from '@crossfeed/protocols'

/** No model has a longer name. Looking for one takes time for its length. */
const longest = 200

/**
 * The names that are spelled most like `wanted`, nearest first; dots, dashes and case count the same, and a name that has `wanted`
 * in it comes before all others.
 */
export function nearestNames(wanted: string, names: Iterable<string>, count: number): string[] {
  if (wanted.length > longest) return []
  return [...names]
    .map((name) => ({
      name,
      distance: normal(name).includes(normal(wanted)) ? 0 : slips(normal(wanted), normal(name)),
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map((one) => one.name)
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('.', '-')
}
