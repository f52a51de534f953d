import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, loadSettings, type Settings } from '../../packages/gateway/src/index.ts'
import { createHeardLog, type RequestLine } from '../heard-log.ts'

/** A gateway in this process whose request lines can be read. */
export interface WatchedGateway {
  readonly url: string
  readonly lines: RequestLine[]
  close(): Promise<void>
}

/** Starts one on a home of its own; `furnish` may put something there before. */
export async function startWatchedGateway(
  upstream: string,
  changes: Partial<Settings> = {},
  furnish: (home: string) => Promise<void> = async () => {},
): Promise<WatchedGateway> {
  const home = mkdtempSync(join(tmpdir(), 'crossfeed-failures-'))
  await furnish(home)
  const env = {
    CROSSFEED_GITHUB_URL: upstream,
    CROSSFEED_GITHUB_API_URL: upstream,
    CROSSFEED_COPILOT_URL: upstream,
    COPILOT_GITHUB_TOKEN: 'gho_watched',
  }
  const settings = await loadSettings({ flags: { port: '0' }, env, home })
  const { log, lines } = createHeardLog()
  const app = createApp({ ...settings, ...changes }, { log, env })
  const { url } = await app.listen()
  return {
    url,
    lines,
    async close() {
      await app.close(0)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Posts JSON on a connection of its own, and gives the request so that it can be torn. */
export function post(
  url: string,
  body: object,
): { readonly request: ClientRequest; readonly answer: Promise<IncomingMessage> } {
  const request = httpRequest(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
  })
  request.end(JSON.stringify(body))
  return { request, answer }
}
