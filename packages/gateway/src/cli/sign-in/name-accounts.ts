import type { Credential, FoundCredential } from '@crossfeed/engine'

/**
 * The sign-ins as they are to be kept: one that would take the place of another, found beside it or kept already, gets a name
 * of its own for its `account`. The first of the list is the newest, which is the one that is used.
 */
export function nameAccounts(
  found: readonly FoundCredential[],
  kept: readonly Credential[],
): readonly FoundCredential[] {
  const tokens = new Map(kept.map((one) => [keyOf(one), one.token]))
  return found.map((one, index) => {
    const { login, host, createdAt } = one.credential
    const named: Credential = { ...one.credential, createdAt: before(createdAt, index) }
    let credential = named
    for (let nth = 1; (tokens.get(keyOf(credential)) ?? named.token) !== named.token; nth++) {
      const account = login ?? one.from
      credential = { ...named, host, account: nth === 1 ? account : `${account}-${nth}` }
    }
    tokens.set(keyOf(credential), credential.token)
    return { ...one, credential }
  })
}

function keyOf({ app, host, account }: Credential): string {
  return JSON.stringify([app, host, account])
}

/** So many milliseconds earlier. */
function before(time: string, ms: number): string {
  return new Date(Date.parse(time) - ms).toISOString()
}
