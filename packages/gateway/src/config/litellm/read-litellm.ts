import { isObject } from '@crossfeed/protocols'
import type { FileConfig } from '../file-config.ts'
import type { Env } from '../home.ts'
import type { Report } from '../report.ts'
import { noSupplies, type Supplies } from '../supplies/supplies.ts'
import { buildSupplies } from './build-supplies.ts'
import { readDeployment, type Deployment } from './deployment.ts'
import type { SourceParts } from './deployment-source.ts'
import { readCoolDown, readFallbackLists, readGroupAliases, type Sections } from './router-settings.ts'
import { createSection, type Section, type SectionParts } from './section.ts'

/** The top-level keys of LiteLLM's `config.yaml` that are read here. */
export const liteLlmKeys: readonly string[] = [
  'model_list',
  'router_settings',
  'litellm_settings',
  'general_settings',
  'environment_variables',
  'credential_list',
]

/** What a LiteLLM file comes to. */
export interface LiteLlm {
  /** What has a key of ours; the file's own keys win. */
  readonly config: FileConfig
  readonly supplies: Supplies
}

/** LiteLLM's own port (C-08). */
const port = 4000
/** Why a key is not used, where there is more to say. */
const notes: ReadonlyMap<string, string> = new Map([
  ['num_retries', 'router_settings.num_retries counts, for all entries'],
  ['max_retries', 'router_settings.num_retries counts, for all entries'],
  ['retry_after', 'what the upstream says of the wait counts'],
  ['routing_strategy', 'entries of one name share by weight (simple-shuffle)'],
])

/** The environment with what `environment_variables` adds: for the references in this file and the keys of its providers. */
export function withVariables(value: Readonly<Record<string, unknown>>, env: Env, report: Report): Env {
  const given = value['environment_variables']
  if (given === undefined || given === null) return env
  if (!isObject(given)) {
    report.problem(['environment_variables'], 'environment_variables is not a map of names to values', 'Correct it.')
    return env
  }
  const section = createSection(given, ['environment_variables'], { env, report, unused: new Map() })
  const added = Object.keys(given).flatMap((name) => {
    const one = env[name] ? undefined : section.value(name)
    return one === undefined ? [] : [[name, String(one)] as const]
  })
  return { ...env, ...Object.fromEntries(added) }
}

/** Reads the sections of a LiteLLM file as they are (GW-01 … GW-15). `own` are the names that `providers` has taken. */
export function readLiteLlm(
  value: Readonly<Record<string, unknown>>,
  own: { readonly names: ReadonlySet<string>; readonly codex: string | undefined; readonly hasCopilot: boolean },
  env: Env,
  report: Report,
): LiteLlm {
  const unused: SectionParts['unused'] = new Map()
  const root = createSection(value, [], { env, report, unused })
  const given = value['model_list'] ?? undefined
  const list = given === undefined ? undefined : listOf(given, 'model_list', report)
  const parts: SourceParts = { env, report, credentials: readCredentials(value, { env, report, unused }) }
  const deployments = (list ?? []).flatMap((item, index): Deployment[] => {
    const entry = createSection(isObject(item) ? item : {}, ['model_list', index], { env, report, unused })
    const deployment = readDeployment(entry, index, parts)
    return deployment === undefined ? [] : [deployment]
  })
  const sections: Sections = {
    router: root.section('router_settings'),
    library: root.section('litellm_settings'),
    general: root.section('general_settings'),
  }
  const built = buildSupplies(deployments, own.names, own.codex, report)
  const grouped = readGroupAliases(sections, built.aliases, report)
  const aliases = [...built.aliases, ...grouped]
  const names = new Set(aliases.map((alias) => alias.name))
  const groups = { names, isOpen: built.hasWildcards || own.hasCopilot || own.names.size > 0 }
  const supplies: Supplies = {
    ...noSupplies,
    providers: built.providers,
    codex: built.codex === undefined || built.codex === own.codex ? [] : [{ name: built.codex }],
    aliases,
    fallbacks: readFallbackLists(sections, groups, report),
    coolDown: readCoolDown(sections),
  }
  const config = readOwnKeys(sections, deployments, list !== undefined, built.usesCopilot, env, report)
  for (const key of ['rpm', 'tpm'] as const) {
    const first = deployments.find(({ weights }) => weights[key] !== undefined)
    const path = [...(first?.path ?? []), 'litellm_params', key]
    if (first) report.warn(path, `litellm_params.${key} (LiteLLM) only shares the load; it limits nothing`)
  }
  sayUnused(sections, unused, report)
  return { config, supplies }
}

function listOf(value: unknown, key: string, report: Report): readonly unknown[] {
  if (Array.isArray(value)) return value
  const fix =
    key === 'model_list' ? 'Write a list of entries with model_name and litellm_params.' : 'Write a list of entries.'
  report.problem([key], `${key} is not a list`, fix)
  return []
}

function readCredentials(value: Readonly<Record<string, unknown>>, parts: SectionParts): Map<string, Section> {
  const credentials = new Map<string, Section>()
  const list = value['credential_list']
  if (list === undefined || list === null) return credentials
  listOf(list, 'credential_list', parts.report).forEach((item, index) => {
    const section = createSection(isObject(item) ? item : {}, ['credential_list', index], parts)
    const name = section.text('credential_name')
    const values = section.section('credential_values')
    if (name !== undefined && values !== undefined) return credentials.set(name, values)
    const message = `credential_list entry ${index + 1} has no ${name === undefined ? 'credential_name' : 'credential_values'}`
    return parts.report.problem(section.path, message, 'Add it, or remove the entry.', 'config-entry')
  })
  return credentials
}

/** What a LiteLLM file says that has a key of ours. */
function readOwnKeys(
  { router, library, general }: Sections,
  deployments: readonly Deployment[],
  hasList: boolean,
  usesCopilot: boolean,
  env: Env,
  report: Report,
): FileConfig {
  const masterKey = general?.text('master_key') ?? (hasList ? env.LITELLM_MASTER_KEY : undefined)
  const timeout = router?.number('timeout') ?? library?.number('request_timeout')
  const tries = [router, library].flatMap((one) => one?.number('num_retries') ?? one?.number('max_retries') ?? [])[0]
  const ofCopilot = deployments.filter(({ source }) => source === 'copilot')
  const headers = Object.assign({}, ...ofCopilot.map((one) => one.headers)) as Record<string, string> // of such maps
  const [first] = ofCopilot.filter((one) => Object.keys(one.headers).length > 0)
  if (first !== undefined && ofCopilot.some((one) => JSON.stringify(one.headers) !== JSON.stringify(headers))) {
    report.warn(first.path, 'extra_headers of github_copilot entries (LiteLLM) go with every call to Copilot')
  }
  for (const { path, headers: own } of ofCopilot) {
    const taken = Object.keys(own).find((name) => /^(?:authorization|x-initiator)$/i.test(name))
    const at = [...path, 'litellm_params', 'extra_headers', taken ?? '']
    if (taken) report.problem(at, `${taken} is not a header that you may set for Copilot`, 'Remove the line.')
  }
  const models = ofCopilot.filter(({ settings }) => settings.endpoints ?? settings.limits)
  return {
    ...(hasList ? { port, copilot: usesCopilot } : {}),
    ...(masterKey === undefined || masterKey === '' ? {} : { auth: { apiKeys: [masterKey] } }),
    ...(timeout === undefined || timeout <= 0 ? {} : { timeouts: { headers: timeout } }),
    ...(tries === undefined ? {} : { retries: Math.max(0, Math.round(tries)) }),
    ...(Object.keys(headers).length === 0 ? {} : { extraHeaders: headers }),
    ...(models.length === 0
      ? {}
      : {
          models: Object.fromEntries(
            models.map(({ wireModel, settings: { endpoints, limits } }) => [
              wireModel,
              { ...(endpoints && { endpoints: [...endpoints] }), ...(limits && { limits }) },
            ]),
          ),
        }),
  }
}

function sayUnused({ router, library, general }: Sections, unused: SectionParts['unused'], report: Report): void {
  const strategy = router?.value('routing_strategy')
  if (router && strategy !== undefined && strategy !== 'simple-shuffle') {
    unused.set('router_settings.routing_strategy', { path: [...router.path, 'routing_strategy'], times: 1 })
  }
  if (library?.value('drop_params') === false) {
    const message = 'litellm_settings.drop_params: false (LiteLLM) is not used: set lossPolicy: reject'
    report.warn([...library.path, 'drop_params'], message)
  }
  router?.close('router_settings')
  library?.close('litellm_settings')
  general?.close('general_settings')
  for (const [name, { path, times }] of unused) {
    const note = notes.get(name.slice(name.indexOf('.') + 1))
    const more = times === 1 ? '' : ` (${times} times)`
    report.warn(path, `${name} (LiteLLM) is not used${note === undefined ? '' : `: ${note}`}${more}`)
  }
}
