import { join } from 'node:path'
import { createProvider, createTransport, silentLog, systemClock, type Provider } from '@crossfeed/engine'
import { asGatewayError, nearest, tellError, type GatewayError, type JsonObject } from '@crossfeed/protocols'
import { keepsKeyAtHome, saveProvider } from '../../config/save-provider.ts'
import { usageError, type Settings } from '../../config/settings.ts'
import { isWebAddress } from '../../config/fields.ts'
import { faultOfName } from '../../config/supplies/provider-names.ts'
import { readEntry } from '../../config/supplies/read-entry.ts'
import { version } from '../../version.ts'
import type { Context } from '../context.ts'
import type { TextForm } from '../terminal/prompts.ts'
import { wrapLines } from '../terminal/wrap.ts'
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
  const wanted = await fillIn(context, settings, name, preset)
  if (wanted === undefined) return false
  const first = await tryEntry(context, settings, wanted)
  const asksKey = first.found instanceof Error && first.found.code === 'unauthorized' && wanted.apiKey === ''
  const apiKey = asksKey ? await askKey(context, settings, wanted.name, undefined) : wanted.apiKey
  if (apiKey === undefined) return false
  const { entry, found } = asksKey ? await tryEntry(context, settings, { ...wanted, apiKey }) : first
  const hasNoList = found instanceof Error && found.code === 'not-found'
  if (found instanceof Error && !hasNoList && !(await keepsAnyway(context, found))) throw found
  const { file, keptKey } = await saveProvider(settings, wanted.name, entry)
  // What goes on in this run reads the entry as the next start will.
  if (keptKey) context.setVariable(keptKey.variable, keptKey.value)
  if (hasNoList) context.complain(`! ${doubtOf(found)}\n`)
  const models = found instanceof Error ? undefined : found
  if (context.flags.json)
    context.out(JSON.stringify({ schema: 1, provider: wanted.name, file, models: models ?? null }))
  else {
    const counted =
      models === undefined || preset.type === 'azure' ? '' : ` (${models} ${models === 1 ? 'model' : 'models'})`
    const how =
      preset.type === 'azure'
        ? `Ask for a deployment as ${wanted.name}/<deployment>; those named under its models are listed. Its key is tried with the first request.`
        : `Ask for its models as ${wanted.name}/<model>.`
    context.out(`${context.style.green('✓')} ${wanted.name} is a supply now${counted}`)
    context.out(wrapLines(`  In ${file}. ${how}`, context.style))
    if (keptKey) {
      const place = `  Its key is in ${keptKey.file} as ${keptKey.variable}, as ${file} may be shared.`
      context.out(wrapLines(place, context.style))
    }
  }
  return true
}

/** The entry as it would be written, and what comes of it. */
async function tryEntry(
  context: Context,
  settings: Settings,
  { name, type, baseUrl, apiKey }: Wanted,
): Promise<{ readonly entry: JsonObject; readonly found: number | GatewayError }> {
  const entry: JsonObject = {
    type,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKey === '' && type === 'ollama' ? {} : { apiKey }),
  }
  const supply = readEntry(name, entry, context.env)
  context.learnSecrets([supply.apiKey])
  return { entry, found: await tryOut(context, settings, (parts) => createProvider(supply, parts)) }
}

function presetOf(name: string, { flags }: Context): ProviderPreset {
  const preset = Object.hasOwn(providerPresets, name) ? providerPresets[name] : undefined
  if (preset) return preset
  if (flags.baseUrl !== undefined) return { type: 'openai-compatible', hint: '' }
  if (name === 'copilot' || name === 'github')
    throw usageError(`${name} is no provider: it has a sign-in of its own`, 'crossfeed auth login')
  const known = ['codex', ...Object.keys(providerPresets)]
  const near = nearest(name, known)
  const fix = `Give one of ${known.join(', ')}, or --base-url for another.`
  throw usageError(`${name} is no provider that is known`, near === undefined ? fix : `Did you mean ${near}? ${fix}`)
}

/** Takes what the flags say, then what is usual; asks a person for what is missing, and fails where nobody can be asked. */
async function fillIn(
  context: Context,
  settings: Settings,
  name: string,
  preset: ProviderPreset,
): Promise<Wanted | undefined> {
  const { flags, env } = context
  const isCustom = name === 'custom'
  const own = isCustom
    ? await ask(context, 'Its name', { placeholder: 'my-models', problemOf: problemOfName }, '--provider <name>')
    : name
  if (own === undefined) return undefined
  const { type, addressForm } = preset
  const usual = flags.baseUrl ?? preset.baseUrl
  const isAsked = usual === undefined && addressForm !== undefined
  const baseUrl = isAsked
    ? await ask(
        context,
        'The address of its API',
        { placeholder: addressForm, problemOf: problemOfAddress },
        '--base-url <url>',
      )
    : usual
  if (isAsked && baseUrl === undefined) return undefined
  const wanted = { name: own, type, baseUrl }
  const variable = flags.keyEnv ?? preset.keyVariable
  if (variable === undefined && !isCustom) return { ...wanted, apiKey: '' }
  if (variable !== undefined && env[variable]) return { ...wanted, apiKey: `env:${variable}` }
  if (flags.keyEnv !== undefined) throw usageError(`${flags.keyEnv} is not set`, 'Set it to the key, and try again.')
  const apiKey = await askKey(context, settings, own, variable)
  return apiKey === undefined ? undefined : { ...wanted, apiKey }
}

async function ask(context: Context, what: string, form: TextForm, flag: string): Promise<string | undefined> {
  if (!context.interactive) {
    throw usageError(
      `${what} is not said, and there is no terminal to ask on`,
      `Give ${flag}, such as ${form.placeholder}.`,
    )
  }
  return context.prompts.text(what, form)
}

function problemOfName(name: string): string | undefined {
  const fault = faultOfName(name)
  return fault && `${fault.message}. ${fault.fix}`
}

function problemOfAddress(address: string): string | undefined {
  return isWebAddress(address) ? undefined : 'It begins with http:// or https://, without a user name in it.'
}

/** The key that a person types, `""` for a server that needs none; undefined when they would rather not. */
async function askKey(
  context: Context,
  settings: Settings,
  name: string,
  variable: string | undefined,
): Promise<string | undefined> {
  if (!context.interactive) {
    throw usageError(
      `The key of ${name} is not said, and there is no terminal to ask on`,
      variable === undefined ? 'Set a variable to it and give --key-env <name>.' : `Set ${variable} to it.`,
    )
  }
  const hint = variable === undefined ? '; empty where it needs none' : `; or stop, and set ${variable}`
  const place = keepsKeyAtHome(settings) ? join(settings.home, '.env') : 'the config file'
  const answer = await context.prompts.password(`Its key (kept in ${place}, readable by you only${hint})`)
  const key = answer?.trim()
  context.learnSecrets([key])
  return variable === undefined ? key : key || undefined
}

/** A server may have no list of models; an address that leads nowhere answers the same. */
function doubtOf(failure: GatewayError): string {
  return `Nothing could be tried: there is no list of models there. ${tellError(failure)}`
}

/** How many models the supply lists, or why they cannot be had. */
async function tryOut(
  { env }: Context,
  { network, timeouts }: Settings,
  create: (parts: Parameters<typeof createProvider>[1]) => Provider,
): Promise<number | GatewayError> {
  const transport = createTransport({ ...network, timeouts, env })
  try {
    const models = await create({ transport, clock: systemClock, log: silentLog, version }).models()
    return models.length
  } catch (error) {
    return asGatewayError(error)
  } finally {
    await transport.close()
  }
}

async function keepsAnyway(context: Context, failure: GatewayError): Promise<boolean> {
  if (!context.interactive) return false
  return (await context.prompts.confirm(`${tellError(failure)} Keep it all the same?`, false)) === true
}
