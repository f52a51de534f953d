import { randomUUID } from 'node:crypto'
import { asGatewayError, GatewayError } from '@crossfeed/protocols'
import type { CommandContext, CommandDefinition } from './config.ts'
import type { EventLog } from './event-log.ts'
import type { RunOutcome } from './run.ts'

/** A command that a message calls. */
interface CalledCommand {
  readonly definition: CommandDefinition
  readonly context: Omit<CommandContext, 'sessionId'>
}

/** The command that a message such as `/deploy production` calls; undefined for any other message. */
export function findCommand(commands: readonly CommandDefinition[], prompt: string): CalledCommand | undefined {
  const called = /^\/([\w-]+)(?:\s+([\s\S]*))?$/.exec(prompt.trim())
  const definition = commands.find(({ name }) => name === called?.[1])
  if (!called || !definition) return undefined
  return { definition, context: { command: prompt.trim(), commandName: definition.name, args: called[2] ?? '' } }
}

/** Runs a command in the place of the model. Never rejects: what its handler throws is the run's error. */
export async function runCommand(called: CalledCommand, sessionId: string, log: EventLog): Promise<RunOutcome> {
  const { definition, context } = called
  const requestId = randomUUID()
  log.emit('command.execute', { requestId, ...context })
  try {
    await definition.handler({ sessionId, ...context })
    log.emit('command.completed', { requestId })
    return { last: undefined, error: undefined, aborted: false }
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { last: undefined, error: asGatewayError(thrown), aborted: false }
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const error = new GatewayError('internal', 500, `The command /${definition.name} failed: ${why}`, {
      reason: 'command-failed',
      cause: thrown,
    })
    return { last: undefined, error, aborted: false }
  }
}
