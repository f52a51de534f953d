import {
  shareBySimpleShuffle,
  type Alias,
  type AliasTarget,
  type ModelSettings,
  type ProviderSettings,
  type WeighedTarget,
} from '@crossfeed/engine'
import type { Report } from '../report.ts'
import { faultOfName } from '../supplies/provider-names.ts'
import type { Deployment } from './deployment.ts'

/** What the entries of `model_list` come to. */
export interface Built {
  readonly providers: readonly ProviderSettings[]
  /** The name of the ChatGPT sign-in, where an entry needs one. */
  readonly codex: string | undefined
  readonly usesCopilot: boolean
  readonly aliases: readonly Alias[]
  /** Some name stands for any model. */
  readonly hasWildcards: boolean
}

/** One provider in the making. */
interface Draft {
  readonly name: string
  readonly source: Exclude<Deployment['source'], string>
  readonly models: Map<string, ModelSettings>
}

/** Makes one provider of all entries with the same address, key, version and headers, and one alias of each name. */
export function buildSupplies(
  deployments: readonly Deployment[],
  taken: ReadonlySet<string>,
  ownCodex: string | undefined,
  report: Report,
): Built {
  const drafts = new Map<string, Draft>()
  const names = new Set(taken)
  const codexNames = deployments.filter(({ source }) => source === 'codex').flatMap((one) => wildcardName(one) ?? [])
  const codex = ownCodex ?? codexNames.find((name) => isFree(name, names)) ?? freeName('codex', undefined, names)
  const isShared = ({ publicName }: Deployment): boolean =>
    deployments.filter((one) => one.publicName === publicName).length > 1
  const draftOf = (deployment: Deployment, source: Draft['source']): Draft => {
    const wanted = wildcardName(deployment)
    const key = JSON.stringify([source, wanted])
    const known = drafts.get(key) ?? (wanted === undefined ? [...drafts.values()].find(isSame(source)) : undefined)
    if (known) return known
    const isWanted = wanted !== undefined && isFree(wanted, names)
    const name = isWanted ? wanted : freeName(deployment.vendor, new URL(source.baseUrl).hostname, names)
    names.add(name)
    const draft: Draft = { name, source, models: new Map() }
    drafts.set(key, draft)
    return draft
  }
  // Those whose name is a provider's first: they decide what it has to be called.
  const targets = new Map<Deployment, AliasTarget>()
  for (const deployment of deployments.toSorted((a, b) => rank(a) - rank(b))) {
    const { source } = deployment
    const draft = typeof source === 'string' ? undefined : draftOf(deployment, source)
    const provider = draft?.name ?? (source === 'codex' ? codex : 'copilot')
    if (isWildcard(deployment)) {
      if (Object.keys(deployment.settings).length > 0) saySettings(deployment, report)
      // Its name and a slash before a model's lead to a provider anyway.
      if (!isOwnName(deployment, provider) || isShared(deployment)) {
        targets.set(deployment, { provider, model: deployment.wireModel })
      }
      continue
    }
    const model = draft ? addModel(draft, deployment) : deployment.wireModel
    targets.set(deployment, { provider, model })
  }
  return {
    providers: [...drafts.values()].map(({ name, source, models }) => ({
      name,
      ...source,
      ...(models.size === 0 ? {} : { models: Object.fromEntries(models) }),
    })),
    codex: deployments.some(({ source }) => source === 'codex') ? codex : undefined,
    usesCopilot: deployments.some(({ source }) => source === 'copilot'),
    aliases: buildAliases(deployments, targets),
    hasWildcards: deployments.some(isWildcard),
  }
}

function isWildcard({ publicName }: Deployment): boolean {
  return publicName.includes('*')
}

function rank(deployment: Deployment): number {
  return wildcardName(deployment) === undefined ? 1 : 0
}

/** `openai/*` for all models of the provider that is called so here. */
function isOwnName(deployment: Deployment, provider: string): boolean {
  const name = wildcardName(deployment)
  const called = provider === 'copilot' ? 'github_copilot' : provider
  return deployment.wireModel === '*' && (name === called || name === provider)
}

/** `my-azure` of the public name `my-azure/*`. */
function wildcardName({ publicName }: Deployment): string | undefined {
  return /^([^/*]+)\/\*$/.exec(publicName)?.[1]
}

function isFree(name: string, names: ReadonlySet<string>): boolean {
  return !names.has(name) && faultOfName(name) === undefined
}

/** `azure`, else `azure-<first word of the host>`, else with a number. */
function freeName(vendor: string, hostname: string | undefined, names: ReadonlySet<string>): string {
  if (isFree(vendor, names)) return vendor
  const label = hostname === undefined || /^[\d.]+$|^\[/.test(hostname) ? undefined : hostname.split('.', 1)[0]
  const stem = label === undefined ? vendor : `${vendor}-${label}`
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}-${number}`
    if (isFree(name, names)) return name
  }
}

function isSame(source: Draft['source']): (draft: Draft) => boolean {
  const text = JSON.stringify(source)
  return (draft) => JSON.stringify(draft.source) === text
}

/** The name of a deployment's model at its provider: the upstream's, unless another entry says something else of that. */
function addModel({ models }: Draft, { publicName, wireModel, settings }: Deployment): string {
  const isFreeFor = (name: string, wanted: ModelSettings): boolean =>
    !models.has(name) || JSON.stringify(models.get(name)) === JSON.stringify(wanted)
  if (isFreeFor(wireModel, settings)) {
    models.set(wireModel, settings)
    return wireModel
  }
  const renamed = { wireModel, ...settings }
  for (let number = 1; ; number++) {
    const name = number === 1 ? publicName : `${publicName}-${number}`
    if (!isFreeFor(name, renamed)) continue
    models.set(name, renamed)
    return name
  }
}

function saySettings({ publicName, path, settings }: Deployment, report: Report): void {
  const names = Object.keys(settings).join(', ')
  report.warn(path, `model_name ${publicName} (LiteLLM): ${names} cannot be set for a name with a star; name the model`)
}

/** Entries of one name share its load, by weight, requests or tokens a minute, as LiteLLM's simple-shuffle does. */
function buildAliases(
  deployments: readonly Deployment[],
  targets: ReadonlyMap<Deployment, AliasTarget>,
): readonly Alias[] {
  const groups = new Map<string, WeighedTarget[]>()
  for (const deployment of deployments) {
    const target = targets.get(deployment)
    if (!target) continue
    const { publicName, order, weights } = deployment
    groups.set(publicName, [...(groups.get(publicName) ?? []), { ...target, order, ...weights }])
  }
  return [...groups].map(([name, group]) => ({ name, targets: shareBySimpleShuffle(group) }))
}
