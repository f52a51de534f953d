import { createProvider, createTransport, silentLog, systemClock, type Provider } from '@crossfeed/engine'
import { asGatewayError, type GatewayError, type JsonObject } from '@crossfeed/protocols'
import { saveProvider } from '../config/save-provider.ts'
import { usageError, type Settings } from '../config/settings.ts'
import { readEntry } from '../config/supplies/read-entry.ts'
import { version } from '../version.ts'
import type { Context } from './context.ts'
import { providerPresets, type ProviderPreset } from './provider-presets.ts'

/** What is known of a supply before its entry is written. */
interface Wanted {
  readonly name: string
  readonly type: string
  readonly baseUrl: string | undefined
  /** `env:NAME`, the key itself, or `""` for none. */
  readonly apiKey: string
}

/**
 * Adds a supply that is let in by a key: fills in what is known of it, asks a person for the rest, tries the key on the list of
 * models, and writes the entry into the config file. False when the person changed their mind; rejects where the key or the
 * address does not work, with nothing changed (AUTH-28).
 */
export async function addProvider(context: Context, settings: Settings, name: string): Promise<boolean> {
  const preset = presetOf(name, context)
  const wanted = await fillIn(context, name, preset)
  if (wanted === undefined) return false
  const entry: JsonObject = {
    type: wanted.type,
    ...(wanted.baseUrl === undefined ? {} : { baseUrl: wanted.baseUrl }),
    ...(wanted.apiKey === '' && preset.type === 'ollama' ? {} : { apiKey: wanted.apiKey }),
  }
  const supply = readEntry(wanted.name, entry, context.env)
  context.learnSecrets([supply.apiKey])
  const found = await tryOut(context, settings, (parts) => createProvider(supply, parts))
  if (found instanceof Error && !(await keepsAnyway(context, found))) throw found
  const file = await saveProvider(settings, wanted.name, entry)
  const models = found instanceof Error ? undefined : found
  if (context.flags.json)
    context.out(JSON.stringify({ schema: 1, provider: wanted.name, file, models: models ?? null }))
  else {
    const counted = models === undefined ? 'not tried with success' : `${models} ${models === 1 ? 'model' : 'models'}`
    context.out(
      `${context.style.green('✓')} ${wanted.name} is a supply now (${counted})\n  In ${file}. Ask for its models as ${wanted.name}/<model>.`,
    )
  }
  return true
}

function presetOf(name: string, { flags }: Context): ProviderPreset {
  const known = Object.hasOwn(providerPresets, name) ? providerPresets[name] : undefined
  if (known) return known
  if (flags.baseUrl !== undefined) return { type: 'openai-compatible', hint: '' }
  throw usageError(
    `${name} is no provider that is known`,
    `Give one of codex, ${Object.keys(providerPresets).join(', ')}, or --base-url for another.`,
  )
}

/** Takes what the flags say, then what is usual; asks a person for what is missing, and fails where nobody can be asked. */
async function fillIn(context: Context, name: string, preset: ProviderPreset): Promise<Wanted | undefined> {
  const { flags, env } = context
  const own =
    name === 'custom' ? await ask(context, 'What shall it be called?', 'my-models', '--provider <name>') : name
  if (own === undefined) return undefined
  const { type } = preset
  const usual = flags.baseUrl ?? preset.baseUrl
  const baseUrl =
    usual ??
    (preset.asksAddress ? await ask(context, 'The address of its API?', preset.hint, '--base-url <url>') : usual)
  if (preset.asksAddress && baseUrl === undefined) return undefined
  const variable = flags.keyEnv ?? preset.keyVariable
  const needsKey = preset.keyVariable !== undefined || flags.keyEnv !== undefined || name === 'custom'
  if (!needsKey) return { name: own, type, baseUrl, apiKey: '' }
  if (variable !== undefined && env[variable]) return { name: own, type, baseUrl, apiKey: `env:${variable}` }
  if (flags.keyEnv !== undefined) throw usageError(`${flags.keyEnv} is not set`, 'Set it to the key, and try again.')
  const apiKey = await askKey(context, own, variable)
  return apiKey === undefined ? undefined : { name: own, type, baseUrl, apiKey }
}

async function ask(context: Context, message: string, placeholder: string, flag: string): Promise<string | undefined> {
  if (!context.interactive)
    throw usageError(`${message.replace('?', '')} is not said, and there is no terminal to ask on`, `Give ${flag}.`)
  return context.prompts.text(message, placeholder)
}

async function askKey(context: Context, name: string, variable: string | undefined): Promise<string | undefined> {
  if (!context.interactive) {
    throw usageError(
      `The key of ${name} is not said, and there is no terminal to ask on`,
      `Set ${variable ?? 'a variable'} to it and give --key-env ${variable ?? 'NAME'}.`,
    )
  }
  const hint = variable === undefined ? '' : `; or stop, and set ${variable}`
  const answer = await context.prompts.password(`Its key (kept in the config file, readable by you only${hint})`)
  const key = answer?.trim()
  context.learnSecrets([key])
  return key || undefined
}

/** How many models the supply lists, or why it cannot be used. A server without a list is taken at its word. */
async function tryOut(
  { env }: Context,
  { network, timeouts }: Settings,
  create: (parts: Parameters<typeof createProvider>[1]) => Provider,
): Promise<number | undefined | GatewayError> {
  const transport = createTransport({ ...network, timeouts, env })
  try {
    const models = await create({ transport, clock: systemClock, log: silentLog, version }).models()
    return models.length
  } catch (error) {
    const failure = asGatewayError(error)
    return failure.code === 'not-found' ? undefined : failure
  } finally {
    await transport.close()
  }
}

async function keepsAnyway(context: Context, failure: GatewayError): Promise<boolean> {
  if (!context.interactive) return false
  return (await context.prompts.confirm(`${failure.message} Keep it all the same?`, false)) === true
}
