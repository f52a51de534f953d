import { CopilotClient } from './client/client.ts'
import type { CopilotClientOptions } from './client/options.ts'
import type { SessionConfig } from './session/config.ts'
import { CopilotSession, defaultWait } from './session/session.ts'

/** Options of a session, and of the client that is made for it. */
export interface ClientSessionConfig extends SessionConfig {
  /** Options of the client. */
  client?: CopilotClientOptions | undefined
}

/** Where a question is asked, and how long it may take. */
export interface QueryOptions {
  /** A session, which keeps the context, or options for one that is made for this question. */
  session?: CopilotSession | ClientSessionConfig | undefined
  /** Milliseconds; 60 000 by default. */
  timeout?: number | undefined
}

/**
 * Opens a client and a session, gives the session to `use`, and closes both whatever happens.
 *
 * @param config Options of the session; those of the client in `client`.
 * @param use What to do with the session.
 * @returns What `use` returned.
 * @throws What `use` threw, and GatewayError for options that cannot work.
 */
export async function withClientSession<T>(
  config: ClientSessionConfig,
  use: (session: CopilotSession) => T | Promise<T>,
): Promise<T> {
  const { client: clientOptions, ...sessionConfig } = config
  const client = new CopilotClient(clientOptions)
  try {
    return await use(await client.createSession(sessionConfig))
  } finally {
    await client.stop()
  }
}

/**
 * Asks a question and gives the text of the answer.
 *
 * @param text The question.
 * @param options The session to ask in, and the time that it may take.
 * @returns The last answer's text; empty when there was none.
 * @throws GatewayError The failure of the run, or `wait-timeout`.
 */
export async function query(text: string, options: QueryOptions = {}): Promise<string> {
  const { session = {}, timeout = defaultWait } = options
  if (session instanceof CopilotSession) return ask(session, text, timeout)
  return withClientSession(session, (made) => ask(made, text, timeout))
}

async function ask(session: CopilotSession, text: string, timeout: number): Promise<string> {
  return (await session.sendAndWait({ prompt: text }, timeout))?.data.content ?? ''
}
