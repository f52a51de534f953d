import type { Credential, CredentialStore } from '@crossfeed/engine'
import type { JsonObject } from '@crossfeed/protocols'

/**
 * A credential store that holds no sign-in and writes nothing to disk: for programs that bring their own token, so that the
 * short-lived ones made from it stay in this process, and nobody else's sign-in is used by mistake.
 */
export function createMemoryCredentials(): CredentialStore {
  const sessions = new Map<string, JsonObject>()
  const locks = new Map<string, Promise<unknown>>()
  return {
    load: async () => undefined,
    list: async (): Promise<Credential[]> => [],
    save: async () => {},
    remove: async () => false,
    loadSession: async (name) => sessions.get(name),
    async saveSession(name, session) {
      sessions.set(name, session)
    },
    async removeSession(name) {
      sessions.delete(name)
    },
    withSessionLock(name, work) {
      const turn = (locks.get(name) ?? Promise.resolve()).then(work, work)
      locks.set(name, turn)
      return turn
    },
  }
}
