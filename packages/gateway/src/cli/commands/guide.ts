import { GatewayError } from '@crossfeed/protocols'
import type { SignIn } from '@crossfeed/engine'
import { urlFromHere } from '../../access/host.ts'
import type { Settings } from '../../config/settings.ts'
import { askSignIn } from '../sign-in/ask-sign-in.ts'
import { chooseClient, type ClientChoice } from '../clients/choose-client.ts'
import { writeClientSettings } from '../clients/write-settings.ts'
import { settingsOf, type Command, type Context } from '../context.ts'
import { openCredentials } from '../sign-in/credentials.ts'
import { exit } from '../exit-code.ts'
import { findRunning, isCrossfeed, modelsOfRunning, type Running } from '../running.ts'
import { serve } from '../serve.ts'
import { onDemo } from './demo.ts'

/** `crossfeed` alone: asks, then runs the gateway, and says which command would have done the same. */
export const guide: Command = async (context) => {
  const settings = await settingsOf(context)
  const running = findRunning(settings.home)
  if (running !== undefined && (await isCrossfeed(settings.host, running.port))) {
    return useRunning(context, settings, running)
  }
  if (!context.interactive) throw noTerminal()
  context.out(`Crossfeed ${context.version}: any AI client on any model supply\n`)
  const chosen = await chooseSignIn(context, settings)
  if (chosen === 'cancelled') return exit.interrupted
  if (chosen === 'demo') {
    context.out('\nAgain: crossfeed demo\n')
    const asDemo = { ...context, command: 'demo' }
    return onDemo(asDemo, (demo) => serveClient(asDemo, demo))
  }
  context.out(`\nAgain: crossfeed start${chosen.githubToken === undefined ? '' : ' --github-token <token>'}\n`)
  return serveClient(context, chosen)
}

/** Runs the gateway and asks what to use it with. One that an agent was started on ends with it. */
async function serveClient(context: Context, settings: Settings): Promise<number> {
  const stopped = new AbortController()
  let isAway = false
  // Ctrl-C reaches the agent in the foreground too, which has its own use for it: the gateway must not go from under it.
  context.signal.addEventListener('abort', () => isAway || stopped.abort())
  const outcome: { choice: ClientChoice } = { choice: 'only-run' }
  const inner: Context = {
    ...context,
    signal: stopped.signal,
    onSecondSignal: (run) => context.onSecondSignal(() => isAway || run()),
  }
  const status = await serve(inner, settings, {
    isAway: () => isAway,
    async ready(at) {
      isAway = true
      try {
        outcome.choice = await chooseClient(context, settings, at)
      } finally {
        isAway = false
      }
      if (outcome.choice !== 'only-run') stopped.abort()
      else context.out('Ctrl-C stops the gateway.\n')
      if (outcome.choice === 'ended') context.out('\nThe gateway ends with it. Again: crossfeed')
    },
  })
  return outcome.choice === 'cancelled' ? exit.interrupted : status
}

/** A second start finds the first, which goes on when this one ends. */
async function useRunning(context: Context, settings: Settings, { pid, port }: Running): Promise<number> {
  const url = urlFromHere(settings.host, port)
  const models = await modelsOfRunning(settings, port)
  context.out(`Crossfeed is already running (pid ${pid}) on ${url}. Use it:\n`)
  if (context.interactive && models.length > 0) {
    const choice = await chooseClient(context, settings, { url, models, isElsewhere: true })
    return choice === 'cancelled' ? exit.interrupted : exit.done
  }
  context.out(writeClientSettings({ url, apiKeys: settings.apiKeys }, models, context))
  return exit.done
}

async function chooseSignIn(context: Context, settings: Settings): Promise<Settings | 'demo' | 'cancelled'> {
  const found = settings.copilot ? await findSignIn(context, settings) : undefined
  if (found === undefined) return askSignIn(context, settings)
  const answer = await context.prompts.select({
    message: `${describeFound(found)} Use it for Copilot?`,
    options: [
      { value: 'use', label: 'Yes' },
      { value: 'other', label: 'Another sign-in, or other supplies' },
      { value: 'demo', label: 'Look around with demo data', hint: 'no account' },
    ],
  })
  if (answer === undefined) return 'cancelled'
  if (answer === 'demo') return 'demo'
  return answer === 'use' ? settings : askSignIn(context, settings)
}

function describeFound({ app, from, login }: SignIn): string {
  // One that has an app was made here.
  if (app !== undefined) return `You have signed in before, as ${login ?? 'somebody'} (${app}).`
  const who = login === undefined ? from : `${from}, ${login}`
  return `Found a GitHub sign-in on this machine: ${who}. It stays where it is; Crossfeed only reads it.`
}

async function findSignIn(context: Context, settings: Settings): Promise<SignIn | undefined> {
  try {
    const found = await openCredentials(settings, context.env).find()
    context.learnSecrets([found.token])
    return found
  } catch (error) {
    // A token that cannot be used is as good as none: the guide offers the ways to get one that can.
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

function noTerminal(): GatewayError {
  const message = 'The guide asks questions, and nobody can be asked here'
  return new GatewayError('invalid-request', 400, message, {
    reason: 'usage',
    fix: 'Set COPILOT_GITHUB_TOKEN or configure a provider, and run crossfeed start; or run crossfeed demo.',
  })
}
