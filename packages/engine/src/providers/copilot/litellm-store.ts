import { rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseObject, type JsonObject } from '@crossfeed/protocols'
import { expandHome } from '../../credentials/import.ts'
import { kindOfToken } from '../../credentials/kinds.ts'
import { withLock } from '../../credentials/lock.ts'
import { loadText, savePrivate } from '../../credentials/private-file.ts'
import type { Credential, CredentialStore } from '../../credentials/store.ts'
import type { Clock } from '../../ports.ts'
import { copilotSessionName } from './shared-session.ts'
import { readSession, readTokenAnswer, type Session } from './auth-session.ts'
import type { Hosts } from './hosts.ts'

export interface LiteLlmStoreOptions {
  /** `GITHUB_COPILOT_TOKEN_DIR`, `GITHUB_COPILOT_ACCESS_TOKEN_FILE`, `GITHUB_COPILOT_API_KEY_FILE`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly hosts: Hosts
  readonly clock: Clock
}

/** OAuth app that LiteLLM signs in with. Its files name none. */
const app = 'copilot'

/**
 * The sign-in that LiteLLM keeps, read and written as it does: the GitHub token as text in `access-token`, the token answer in
 * `api-key.json` (docs.litellm.ai, "GitHub Copilot", "Environment Variables"). It holds one sign-in. Tokens of another host than
 * github.com are kept in a folder of that host, unless the environment names one.
 */
export function createLiteLlmStore({ env, hosts, clock }: LiteLlmStoreOptions): CredentialStore {
  const folder = folderOf(env, hosts)
  const tokenFile = join(folder, env['GITHUB_COPILOT_ACCESS_TOKEN_FILE'] || 'access-token')
  const answerFile = join(folder, env['GITHUB_COPILOT_API_KEY_FILE'] || 'api-key.json')
  // What LiteLLM's files have no place for: tokens that are used as they are, and those of other sign-ins.
  const others = new Map<string, JsonObject>()
  let written: Session | undefined

  const load = async (): Promise<Credential | undefined> => {
    const token = (await loadText(tokenFile))?.trim()
    if (!token) return undefined
    const createdAt = (await stat(tokenFile)).mtime.toISOString()
    return { app, host: hosts.host, kind: kindOfToken(token), token, createdAt }
  }
  /** Whether a session is of the token in the file. */
  const isOwn = async (name: string): Promise<boolean> => {
    const credential = await load()
    return credential !== undefined && copilotSessionName(hosts, credential.token) === name
  }

  return {
    load,
    list: async () => [await load()].filter((one) => one !== undefined),
    async save({ token }) {
      await savePrivate(tokenFile, token)
      // It was made from the token before.
      await rm(answerFile, { force: true })
    },
    async remove() {
      const was = (await load()) !== undefined
      await Promise.all([tokenFile, answerFile].map((file) => rm(file, { force: true })))
      return was
    },
    async loadSession(name) {
      const other = others.get(name)
      if (other || !(await isOwn(name))) return other
      const answer = parseObject((await loadText(answerFile)) ?? '')
      const session = answer && readTokenAnswer(answer, clock.now(), 'kept')
      if (!session) return undefined
      if (session.token === written?.token) return { ...written }
      // When it was written: read twice it must not look newer than itself, or it would never be renewed.
      return { ...session, obtainedAt: (await stat(answerFile)).mtimeMs }
    },
    async saveSession(name, kept) {
      const session = readSession(kept)
      if (session?.way !== 'exchanged' || !(await isOwn(name))) {
        others.set(name, kept)
        return
      }
      others.delete(name)
      written = session
      await savePrivate(answerFile, JSON.stringify(writeTokenAnswer(session)))
    },
    async removeSession(name) {
      others.delete(name)
      if (await isOwn(name)) await rm(answerFile, { force: true })
    },
    withSessionLock: (_name, work) => withLock(`${answerFile}.lock`, clock, work),
  }
}

function folderOf(env: LiteLlmStoreOptions['env'], { host }: Hosts): string {
  const home = env[process.platform === 'win32' ? 'USERPROFILE' : 'HOME'] || homedir()
  const named = env['GITHUB_COPILOT_TOKEN_DIR']
  if (named) return expandHome(named, home)
  const usual = join(home, '.config', 'litellm', 'github_copilot')
  return host === 'github.com' ? usual : join(usual, encodeURIComponent(host))
}

/** The members of GitHub's token answer that LiteLLM reads; times in seconds. */
function writeTokenAnswer({ token, endpoint, sku, refreshAt, expiresAt, obtainedAt }: Session): JsonObject {
  return {
    token,
    expires_at: Math.floor(expiresAt / 1000),
    refresh_in: Math.max(1, Math.floor((refreshAt - obtainedAt) / 1000)),
    ...(endpoint === undefined ? {} : { endpoints: { api: endpoint } }),
    ...(sku === undefined ? {} : { sku }),
  }
}
