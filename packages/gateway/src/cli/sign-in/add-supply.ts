import type { Settings } from '../../config/settings.ts'
import { addProvider } from './add-provider.ts'
import { chooseCodex, signInToCodex } from './codex.ts'
import { settingsOf, type Context } from '../context.ts'
import { providerPresets } from './provider-presets.ts'

/** Adds the supply of this name, by a sign-in (ChatGPT) or by a key; false when the person changed their mind. */
export async function addSupply(context: Context, settings: Settings, name: string): Promise<boolean> {
  const codex = chooseCodex(settings, name)
  return codex === undefined ? addProvider(context, settings, name) : signInToCodex(context, settings, codex)
}

/** Asks which supply to add, and adds it. The settings with it; undefined when the person changed their mind. */
export async function askSupply(context: Context, settings: Settings): Promise<Settings | undefined> {
  const name = await context.prompts.select({
    message: 'Which one?',
    options: [
      { value: 'codex', label: 'codex', hint: 'a ChatGPT plan' },
      ...Object.entries(providerPresets).map(([value, { hint }]) => ({ value, label: value, hint })),
    ],
  })
  if (name === undefined || !(await addSupply(context, settings, name))) return undefined
  return settingsOf(context)
}
