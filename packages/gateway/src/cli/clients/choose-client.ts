import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '@crossfeed/engine'
import { asString, parseObject } from '@crossfeed/protocols'
import { writePrivately } from '../../config/write-privately.ts'
import { ensureHome } from '../../config/home.ts'
import type { Settings } from '../../config/settings.ts'
import { writeCount } from '../../observe/request-line.ts'
import { agents, chooseModelFor, keyShown, launchOf, type AgentId } from './client-settings.ts'
import type { Context } from '../context.ts'
import { findProgram, launchClient } from './launch-client.ts'
import { chooseDialect, writeCall } from './shell.ts'
import { writeAnySettings, writePasted } from './write-settings.ts'

/** A model as the guide offers it. */
export interface OfferedModel extends Pick<Model, 'id' | 'limits' | 'prices'> {
  /** None: it answers no conversations. */
  readonly endpoints: readonly unknown[]
}

/** A gateway that listens, and what it serves. */
export interface Ready {
  readonly url: string
  readonly models: readonly OfferedModel[]
  /** It is another process's, and goes on by itself. */
  readonly isElsewhere?: boolean
}

const labelWidth = Math.max(...agents.map(({ label }) => label.length))

/** What the guide's last question came to. */
export type ClientChoice = 'only-run' | 'ended' | 'cancelled'

/**
 * Asks what to use the gateway with (experience.md §3.1). An agent that is installed is started with a model that is asked for,
 * and `ended` says that it has been left; for everything else it says what to set or install, and the gateway goes on.
 */
export async function chooseClient(context: Context, settings: Settings, at: Ready): Promise<ClientChoice> {
  const before = readChoice(settings.home)
  const programs = new Map(agents.map((agent) => [agent.id, findProgram(agent.command, context.env)]))
  const answer = await context.prompts.select<AgentId | 'other' | 'none'>({
    message: 'What do you want to use?',
    options: [
      ...agents.map(({ id, label }) => ({
        value: id,
        label: `${label.padEnd(labelWidth)}  ${programs.get(id) === undefined ? 'not installed' : 'installed'}`,
      })),
      { value: 'other', label: 'VS Code, JetBrains, Zed, an SDK …' },
      { value: 'none', label: at.isElsewhere === true ? 'Nothing now' : 'Nothing yet, only run' },
    ],
    initial: before.client ?? agents.find(({ id }) => programs.get(id) !== undefined)?.id,
  })
  if (answer === undefined) return 'cancelled'
  if (answer === 'none') {
    if (at.isElsewhere !== true) context.out('')
    return 'only-run'
  }
  if (answer === 'other') {
    context.out(`\n${writeAnySettings({ url: at.url, apiKeys: settings.apiKeys }, context)}\n`)
    return 'only-run'
  }
  return useAgent(context, settings, at, { id: answer, program: programs.get(answer), before })
}

async function useAgent(
  context: Context,
  settings: Settings,
  at: Ready,
  { id, program, before }: { id: AgentId; program: string | undefined; before: Choice },
): Promise<ClientChoice> {
  const agent = agents.find((one) => one.id === id)
  const preset = chooseModelFor(id, at.models)
  if (agent === undefined || preset === undefined) {
    context.out('No model to start it with.')
    return 'only-run'
  }
  const known = at.models.some((model) => model.id === before.model)
  const model = await context.prompts.select({
    message: 'Model',
    options: at.models
      .filter((one) => one.endpoints.length > 0)
      .map((one) => ({ value: one.id, label: one.id, hint: hintOf(one) })),
    initial: before.client === id && known ? before.model : preset,
  })
  if (model === undefined) return 'cancelled'
  remember(settings.home, { client: id, model })
  const [key] = settings.apiKeys
  const shown = launchOf(id, { url: at.url, key: keyShown(settings.apiKeys) }, model, at.models)
  const line = writePasted(writeCall(shown, chooseDialect(context.env)), 2, context)
  if (program === undefined) {
    context.out(
      `\nStart ${agent.label} in another window:\n\n  ${line}\n\nIf it is not installed yet: ${agent.install}\n`,
    )
    return 'only-run'
  }
  context.out(`\nStarting ${agent.label} with:\n\n  ${line}\n\nNothing is written to its settings.\n`)
  await launchClient(program, launchOf(id, { url: at.url, key: key ?? 'none-needed' }, model, at.models), context.env)
  return 'ended'
}

function hintOf({ limits, prices }: OfferedModel): string | undefined {
  const window = limits.context === undefined ? [] : [writeCount(limits.context)]
  const price = prices?.input === undefined ? [] : [`$${prices.input} / $${prices.output ?? '?'} per million`]
  return [...window, ...price].join(', ') || undefined
}

/** What was chosen the last time. */
interface Choice {
  readonly client?: AgentId | undefined
  readonly model?: string | undefined
}

function readChoice(home: string): Choice {
  try {
    const read = parseObject(readFileSync(join(home, 'guide.json'), 'utf8'))
    const client = agents.find(({ id }) => id === read?.['client'])?.id
    return { client, model: asString(read?.['model']) }
  } catch {
    // The first time there is none.
    return {}
  }
}

function remember(home: string, choice: Choice): void {
  try {
    ensureHome(home)
    writePrivately(join(home, 'guide.json'), `${JSON.stringify(choice)}\n`)
  } catch {
    // A read-only home: it is asked without a memory the next time.
  }
}
