import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { findClient, type Client } from './find-client.ts'

/** What an agent did before it ended. */
export interface AgentRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A home and a working folder of an agent's own. */
export interface Desk {
  readonly home: string
  readonly work: string
  /** Puts a file below the home folder. */
  put(path: string, text: string): void
  /** The text of a file in the working folder. */
  read(path: string): string
  clear(): void
}

export function createDesk(files: Readonly<Record<string, string | Buffer>> = {}): Desk {
  const root = mkdtempSync(join(tmpdir(), 'crossfeed-client-'))
  const [home, work] = [join(root, 'home'), join(root, 'work')]
  for (const folder of [home, work]) mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text)
  return {
    home,
    work,
    put(path, text) {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      writeFileSync(join(home, path), text)
    },
    read: (path) => readFileSync(join(work, path), 'utf8'),
    clear: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Runs an agent to its end, for a minute at most; whatever it has started ends with it. */
export async function runAgent(
  client: Client,
  desk: Desk,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<AgentRun> {
  const child = spawn(findClient(client), parameters, {
    cwd: desk.work,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: desk.home,
      XDG_CONFIG_HOME: join(desk.home, '.config'),
      XDG_DATA_HOME: join(desk.home, '.local', 'share'),
      XDG_CACHE_HOME: join(desk.home, '.cache'),
      XDG_STATE_HOME: join(desk.home, '.local', 'state'),
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      CI: 'true',
      ...env,
    },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const timer = setTimeout(() => endGroup(child.pid), 60_000)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (exit) => resolve(exit))
      // What it started may hold its pipes open: the group ends with the leader.
      child.once('exit', () => endGroup(child.pid))
    })
    return { code, ...output }
  } finally {
    clearTimeout(timer)
    endGroup(child.pid)
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The whole group has ended already.
  }
}
