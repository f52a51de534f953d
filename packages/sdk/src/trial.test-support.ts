import { createEmulator, type Emulator, type EmulatorOptions, type ScenarioStep } from '@crossfeed/emulator'
import { CopilotClient, type CopilotClientOptions, type SessionEvent, type SessionEventType } from './index.ts'
import type { CopilotSession } from './index.ts'

/** A model that the emulator's Copilot serves in Responses. */
export const model = 'gpt-5-mini'

/** A client on an emulated Copilot. */
export interface Trial {
  readonly emulator: Emulator
  readonly client: CopilotClient
  /** Another client on the same Copilot. */
  newClient(options?: CopilotClientOptions): CopilotClient
  /** The bodies of the model calls so far. */
  bodies(): readonly Record<string, unknown>[]
  close(): Promise<void>
}

/** Starts an emulator and a client on it. */
export async function startTrial(options: EmulatorOptions = {}): Promise<Trial> {
  const emulator = createEmulator(options)
  const { url } = await emulator.start()
  const clients: CopilotClient[] = []
  const env = { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
  const newClient = (more: CopilotClientOptions = {}): CopilotClient => {
    const client = new CopilotClient({ gitHubToken: 'gho_trial', env, ...more })
    clients.push(client)
    return client
  }
  return {
    emulator,
    client: newClient(),
    newClient,
    bodies: () => modelCalls(emulator).map(({ body }) => body as Record<string, unknown>),
    async close() {
      for (const client of clients) await client.stop()
      await emulator.stop()
    },
  }
}

function modelCalls(emulator: Emulator): ReturnType<Emulator['requests']> {
  return emulator.requests().filter(({ path }) => /\/(responses|chat\/completions|messages)$/.test(path))
}

/** A scenario step in which the model calls one tool. */
export function calls(name: string, args: object, id = `call_${name}`): ScenarioStep {
  return { toolCalls: [{ id, name, arguments: args }] }
}

/** All events of a session from now on. */
export function watch(session: CopilotSession): SessionEvent[] {
  const events: SessionEvent[] = []
  session.on((event) => {
    events.push(event)
  })
  return events
}

/** The events of one type, in order. */
export function ofType<T extends SessionEventType>(
  events: readonly SessionEvent[],
  type: T,
): Extract<SessionEvent, { type: T }>[] {
  return events.filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type)
}

/** The next event of a type. */
export function next(session: CopilotSession, type: SessionEventType): Promise<SessionEvent> {
  return new Promise((resolve) => {
    const off = session.on((event) => {
      if (event.type !== type) return
      off()
      resolve(event)
    })
  })
}
