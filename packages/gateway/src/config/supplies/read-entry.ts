import type { ProviderSettings } from '@crossfeed/engine'
import type { JsonObject } from '@crossfeed/protocols'
import type { Env } from '../home.ts'
import { resolveReferences } from '../references.ts'
import type { Report } from '../report.ts'
import { usageError } from '../settings.ts'
import { providerShape } from './provider-schema.ts'
import { readProvider } from './read-provider.ts'

/** Reads one entry of `providers` that is not in a file yet. Throws a usage error with the first thing that is wrong in it. */
export function readEntry(name: string, entry: JsonObject, env: Env): ProviderSettings {
  const stop: Report = {
    problem(_path, message, fix) {
      throw usageError(message, fix)
    },
    warn(_path, message) {
      throw usageError(message, 'Give it.')
    },
  }
  const shaped = providerShape.safeParse(resolveReferences(entry, ['providers', name], env, stop))
  const [issue] = shaped.error?.issues ?? []
  if (!shaped.success) {
    const path = ['providers', name, ...(issue?.path ?? [])].join('.')
    throw usageError(`${path} cannot be used`, `It must be ${issue?.message ?? 'a group of settings'}.`)
  }
  const read = readProvider(name, shaped.data, stop)
  if (read.kind === 'keyed') return read.settings
  throw usageError(`${name} has no key of its own`, `crossfeed auth login --provider codex`)
}
