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
      distance: normal(name).includes(normal(wanted)) ? 0 : distance(normal(wanted), normal(name)),
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map((one) => one.name)
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('.', '-')
}

/** How many letters have to be changed, put in or left out (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
