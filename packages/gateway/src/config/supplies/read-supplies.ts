import { readDuration } from '../measure.ts'
import type { FileConfig } from '../file-config.ts'
import type { Report } from '../report.ts'
import type { KnownProviders } from './provider-names.ts'
import { readAliases, readFallbacks } from './read-routes.ts'
import { readProvider } from './read-provider.ts'
import type { Supplies } from './supplies.ts'

/** The supplies of `providers`, and the names of those that are left out. */
export interface OwnProviders extends Pick<Supplies, 'providers' | 'codex'> {
  readonly leftOut: ReadonlySet<string>
}

/** Reads `providers`. What is wrong in them is reported, what cannot be used is left out. */
export function readProviders(file: FileConfig, report: Report): OwnProviders {
  const read = Object.entries(file.providers ?? {}).map(([name, one]) => ({
    name,
    result: readProvider(name, one, report),
  }))
  return {
    providers: read.flatMap(({ result }) => (result.kind === 'keyed' ? [result.settings] : [])),
    codex: read.flatMap(({ result }) => (result.kind === 'codex' ? [result.settings] : [])),
    // One that is wrong stops the start by itself: its name is not wrong again wherever it is used.
    leftOut: new Set(
      read.filter(({ result }) => result.kind === 'left-out' || result.kind === 'wrong').map(({ name }) => name),
    ),
  }
}

/** Adds aliases, fallbacks and rests to the providers of a file; `foreign` is what a LiteLLM file comes to. */
export function readSupplies(file: FileConfig, own: OwnProviders, foreign: Supplies, report: Report): Supplies {
  const providers = [...own.providers, ...foreign.providers]
  const codex = [...own.codex, ...foreign.codex]
  const served = new Set([...providers, ...codex].map((one) => one.name))
  if (file.copilot !== false) served.add('copilot')
  const known: KnownProviders = { served, leftOut: own.leftOut }
  const aliases = readAliases(file, known, report)
  const allAliases = [...aliases, ...foreign.aliases.filter(({ name }) => !aliases.some((one) => one.name === name))]
  const fallbacks = readFallbacks(file, allAliases, known, report)
  const { time, allowedFails } = file.coolDown ?? {}
  const coolDownMs = time === undefined ? undefined : readDuration(time)
  return {
    providers,
    codex,
    aliases: allAliases,
    fallbacks: {
      general: { ...foreign.fallbacks.general, ...fallbacks.general },
      contextWindow: { ...foreign.fallbacks.contextWindow, ...fallbacks.contextWindow },
      contentPolicy: { ...foreign.fallbacks.contentPolicy, ...fallbacks.contentPolicy },
      byDefault: fallbacks.byDefault.length > 0 ? fallbacks.byDefault : foreign.fallbacks.byDefault,
    },
    coolDown: {
      ...foreign.coolDown,
      ...(coolDownMs === undefined ? {} : { coolDownMs }),
      ...(allowedFails === undefined ? {} : { allowedFails }),
    },
  }
}
