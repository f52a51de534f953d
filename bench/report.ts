import type { Result } from './figures.ts'
import type { Machine } from './machine.ts'
import { noisyAbove } from './repeat.ts'
import type { Kind, Scenario } from './scenarios.ts'

interface Column {
  readonly head: string
  readonly value: (result: Result, peers: Peers) => number | undefined
  readonly digits: number
}

/** The results of the other targets in the same scenario of the same run. */
interface Peers {
  readonly direct: Result | undefined
  readonly nginx: Result | undefined
}

const figure = (head: string, name: string, digits = 0): Column => ({
  head,
  value: ({ figures }) => figures[name],
  digits,
})
const added = (head: string, name: string): Column => ({
  head,
  value: ({ figures }, { direct }) => subtract(figures[name], direct?.figures[name]),
  digits: 0,
})
const ratio: Column = {
  head: 'CPU × nginx',
  value: ({ figures }, { nginx }) => divide(figures['cpu'], nginx?.figures['cpu']),
  digits: 1,
}
const others = figure('other work %', 'others')

const columns: Readonly<Record<Kind, readonly Column[]>> = {
  requests: [
    figure('requests/s', 'perSecond'),
    figure('CPU-ms a request', 'cpu', 3),
    ratio,
    figure('p50 µs', 'p50'),
    added('added p50 µs', 'p50'),
    added('added p99 µs', 'p99'),
    figure('memory MiB', 'memory'),
    figure('failed', 'failed'),
    others,
  ],
  burst: [
    figure('streams/s', 'perSecond'),
    figure('CPU-ms a stream', 'cpu', 2),
    ratio,
    figure('first chunk p50 µs', 'p50'),
    added('added p50 µs', 'p50'),
    added('added p99 µs', 'p99'),
    figure('memory MiB', 'memory'),
    figure('fewest chunks', 'leastChunks'),
    figure('failed', 'failed'),
    others,
  ],
  paced: [
    figure('CPU-µs a chunk', 'cpu', 1),
    ratio,
    figure('lag p50 µs', 'p50'),
    figure('lag p99 µs', 'p99'),
    figure('KiB a stream', 'memory'),
    figure('fewest chunks', 'leastChunks'),
    figure('failed', 'failed'),
    others,
  ],
  count: [
    figure('ms', 'p50'),
    figure('first ms', 'first'),
    figure('CPU-ms', 'cpu'),
    figure('longest wait of others ms', 'block', 1),
    figure('tokens', 'tokens'),
    others,
  ],
  start: [
    figure('ms', 'p50'),
    figure('memory MiB', 'memory'),
    figure('packages of others', 'packages'),
    figure('their MiB', 'installed'),
    others,
  ],
}

/** Everything that was measured, as Markdown: the ratios first, then a table for each scenario. */
export function writeReport(results: readonly Result[], machine: Machine): string {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))]
  const parts = scenarios.map((scenario) => scenarioTable(scenario, results))
  return [...writeCautions(results, machine), ...ratioTable(scenarios, results), ...parts].join('\n\n')
}

function writeCautions(results: readonly Result[], machine: Machine): readonly string[] {
  const cautions: string[] = []
  if (!machine.proc)
    cautions.push('There is no /proc here: only latency and rates were measured, no CPU and no memory.')
  if (!machine.pins) cautions.push('Programs could not be kept on cores of their own: the figures vary more.')
  if (!machine.wrk)
    cautions.push('wrk is not installed: a driver in Node was used, which reaches fewer requests a second.')
  if (results.some(({ figures }) => (figures['others'] ?? 0) > noisyAbove)) {
    cautions.push('Other work ran on this machine meanwhile: compare ratios of this run only, or run again.')
  }
  return cautions
}

/** Crossfeed's price in one line for each scenario that has something to compare it with. */
function ratioTable(scenarios: readonly Scenario[], results: readonly Result[]): readonly string[] {
  const rows = scenarios.flatMap((scenario) => {
    const own = results.find((result) => result.scenario === scenario && result.target === 'crossfeed')
    if (!own || own.error !== undefined) return []
    const peers = findPeers(scenario, results)
    const latency = scenario.kind === 'requests' || scenario.kind === 'burst'
    const more = latency ? subtract(own.figures['p50'], peers.direct?.figures['p50']) : undefined
    const times = ratio.value(own, peers)
    if (times === undefined && more === undefined) return []
    return [[`${scenario.id} ${scenario.title}`, print(times, 1), print(more, 0)]]
  })
  if (rows.length === 0) return []
  return ['## Ratios', table(['Crossfeed', 'CPU × nginx', 'added p50 µs'], rows)]
}

function scenarioTable(scenario: Scenario, results: readonly Result[]): string {
  const own = results.filter((result) => result.scenario === scenario)
  const peers = findPeers(scenario, results)
  const shown = columns[scenario.kind]
  const rows = own
    .filter(({ error }) => error === undefined)
    .map((result) => [result.target, ...shown.map(({ value, digits }) => print(value(result, peers), digits))])
  const errors = own.flatMap(({ target, error }) => (error === undefined ? [] : [`- ${target} failed: ${error}`]))
  const body = rows.length > 0 ? [table(['', ...shown.map(({ head }) => head)], rows)] : []
  return [`## ${scenario.id} ${scenario.title}`, ...body, ...errors].join('\n\n')
}

function findPeers(scenario: Scenario, results: readonly Result[]): Peers {
  const find = (name: string): Result | undefined =>
    results.find(({ scenario: { id }, target }) => id === scenario.id && target === name)
  return { direct: find('direct'), nginx: find('nginx') }
}

/** Columns padded, so that it reads well in a terminal too. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, index) => Math.max(cell.length, 3, ...rows.map((row) => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

function print(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits)
}

function subtract(value: number | undefined, from: number | undefined): number | undefined {
  return value === undefined || from === undefined ? undefined : value - from
}

function divide(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined || by === 0 ? undefined : value / by
}
