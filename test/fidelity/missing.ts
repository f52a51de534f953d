import { canonical } from './json.ts'
import type { Atom, Meant } from './meant.ts'

/** What of the client's meaning does not stand in the upstream's request, and what stands there that was never said. */
export interface Differences {
  /** One line each, beginning with the kind of the thing. */
  readonly missing: readonly string[]
  readonly invented: readonly string[]
}

/** Compares by content and order. Where a thing may stand is the protocol's own affair; its speaker is not. */
export function compare(clientSaid: Meant, upstreamSaid: Meant): Differences {
  const client = { ...clientSaid, atoms: inCallOrder(clientSaid.atoms) }
  const upstream = { ...upstreamSaid, atoms: inCallOrder(upstreamSaid.atoms) }
  const missing: string[] = []
  const invented: string[] = []
  compareWords(client.atoms, upstream.atoms, missing, invented)
  const order = (atoms: readonly Atom[], kind: string): string[] =>
    atoms.filter((atom) => atom.kind === kind).map((atom) => atom.value)
  // Images of results come where the target takes them, which may be behind those of the user.
  const unordered = client.atoms.some((atom) => atom.kind === 'media' && atom.who === 'tool')
  for (const kind of ['media', 'reasoning', 'call', 'result', 'item'] as const)
    compareLists(kind, order(client.atoms, kind), order(upstream.atoms, kind), missing, invented, {
      ordered: kind !== 'media' || !unordered,
    })
  compareTools(client, upstream, missing, invented)
  for (const name of Object.keys({ ...client.settings, ...upstream.settings })) {
    const [said, sent] = [client.settings[name], upstream.settings[name]]
    if (canonical(said) === canonical(sent)) continue
    if (said !== undefined) missing.push(`setting ${name}: ${canonical(said)} became ${canonical(sent) ?? 'nothing'}`)
    else invented.push(`setting ${name}: ${canonical(sent)}`)
  }
  return { missing, invented }
}

/** Words of one speaker, taken together: all of the client's have to be there, in their order, and no others. */
function compareWords(client: readonly Atom[], upstream: readonly Atom[], missing: string[], invented: string[]): void {
  for (const who of ['system', 'user', 'assistant', 'tool'] as const) {
    const said = client.filter((atom) => atom.kind === 'text' && atom.who === who).map((atom) => atom.value)
    let left = upstream
      .filter((atom) => atom.kind === 'text' && atom.who === who)
      .map((atom) => atom.value)
      .join('')
    for (const words of said) {
      const found = left.indexOf(words)
      if (found < 0) missing.push(`text ${who}: ${words.slice(0, 120)}`)
      else {
        if (found > 0) invented.push(`text ${who}: ${left.slice(0, Math.min(found, 120))}`)
        left = left.slice(found + words.length)
      }
    }
    if (left !== '') invented.push(`text ${who}: ${left.slice(0, 120)}`)
  }
}

function compareLists(
  kind: string,
  client: readonly string[],
  upstream: readonly string[],
  missing: string[],
  invented: string[],
  { ordered }: { readonly ordered: boolean },
): void {
  const left = [...upstream]
  for (const one of client) {
    const found = left.indexOf(one)
    if (found < 0) missing.push(`${kind}: ${one.slice(0, 160)}`)
    else left.splice(found, 1)
  }
  for (const one of left) invented.push(`${kind}: ${one.slice(0, 160)}`)
  const common = client.filter((one) => upstream.includes(one))
  const sent = upstream.filter((one) => client.includes(one))
  if (ordered && left.length === 0 && canonical(common) !== canonical(sent)) missing.push(`${kind}: another order`)
}

function compareTools(client: Meant, upstream: Meant, missing: string[], invented: string[]): void {
  client.tools.forEach((tool, index) => {
    const sent = upstream.tools[index]
    if (!sent) return void missing.push(`tool ${tool.name}`)
    if (sent.name !== tool.name) missing.push(`tool name ${tool.name} became ${sent.name}`)
    if (sent.description !== tool.description) missing.push(`tool description of ${tool.name}`)
    if (sent.schema !== tool.schema)
      missing.push(`tool schema of ${tool.name}: ${tool.schema.slice(0, 200)} became ${sent.schema.slice(0, 200)}`)
  })
  for (const tool of upstream.tools.slice(client.tools.length)) invented.push(`tool ${tool.name}`)
  for (const kind of client.hosted) if (!upstream.hosted.includes(kind)) missing.push(`hosted tool ${kind}`)
}

/** Results, each with its words, in the order of their calls: in which order they are given has no meaning. */
function inCallOrder(atoms: readonly Atom[]): readonly Atom[] {
  const groups: { readonly number: number; readonly atoms: Atom[] }[] = []
  const others: Atom[] = []
  for (const atom of atoms) {
    if (atom.kind === 'result') groups.push({ number: Number(atom.value.slice(1)), atoms: [atom] })
    else if (atom.who === 'tool' && atom.kind === 'text' && groups.length > 0) groups.at(-1)?.atoms.push(atom)
    else others.push(atom)
  }
  groups.sort((a, b) => (a.number < b.number ? -1 : 1))
  return [...others, ...groups.flatMap((group) => group.atoms)]
}
