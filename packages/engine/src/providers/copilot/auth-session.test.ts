import { describe, expect, it } from 'vitest'
import { readTokenAnswer } from './auth-session.ts'

describe('readTokenAnswer', () => {
  it('counts a kept answer by its own expiry', () => {
    const now = 1_000_000_000_000
    const session = readTokenAnswer({ token: 'T', refresh_in: 1500, expires_at: now / 1000 + 300 }, now, 'kept')
    expect(session).toMatchObject({ expiresAt: now + 300_000, refreshAt: now + 180_000 })
    expect(readTokenAnswer({}, now)).toBeUndefined()
  })
})
