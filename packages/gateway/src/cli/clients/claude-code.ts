import type { Model } from '@crossfeed/engine'
import { chooseModels, claudeCodeVariables, keyShown, type Choice } from './client-settings.ts'
import type { Context } from '../context.ts'
import { chooseDialect, writeLaunch } from './shell.ts'

/** The command that starts Claude Code on this gateway, in the user's shell; asks for the models when somebody is there. */
export async function writeClaudeCode(
  context: Context,
  at: { readonly url: string; readonly apiKeys: readonly string[] },
  models: readonly Model[],
): Promise<string | undefined> {
  const chosen = chooseModels(models)
  if (chosen === undefined) return undefined
  const choice = context.interactive ? await askModels(context, models, chosen) : chosen
  const variables = claudeCodeVariables({ url: at.url, key: keyShown(at.apiKeys) }, choice)
  return writeLaunch(variables, 'claude', chooseDialect(context.env))
}

async function askModels({ prompts }: Context, models: readonly Model[], preset: Choice): Promise<Choice> {
  const options = models.filter((model) => model.endpoints.length > 0).map(({ id }) => ({ value: id, label: id }))
  const ask = async (message: string, initial: string): Promise<string> =>
    (await prompts.select({ message, options, initial })) ?? initial
  return {
    main: await ask('Model', preset.main),
    small: await ask('Small model, for titles and summaries', preset.small),
  }
}
