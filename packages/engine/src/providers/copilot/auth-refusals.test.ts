import type { GatewayError } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { closeAll, startAuth, startGitHub, type Reply } from './auth.test-support.ts'

afterEach(closeAll)

describe('refusals', () => {
  const details = (id: string, message: string) => ({
    error_details: { notification_id: id, message, title: 't' },
    message: 'outer',
  })

  it.each([
    ['not_signed_up', 'copilot-no-seat'],
    ['subscription_ended', 'copilot-subscription-ended'],
    ['feature_flag_blocked', 'copilot-policy'],
    ['billing_locked', 'copilot-billing'],
    ['spammy_user', 'copilot-access-revoked'],
    ['brand_new', 'copilot-refused'],
  ])('tell the cause that GitHub calls %s', async (id, reason) => {
    const github = await startGitHub({ token: { status: 403, body: details(id, 'x') } })
    const { auth } = await startAuth(github.upstream.origin)
    await expect(auth.token()).rejects.toMatchObject({ code: 'forbidden', reason })
  })

  const limited = { message: 'API rate limit exceeded for user ID 1.' }
  it.each<[string, Reply, code: string, reason: string]>([
    ['plain text', { status: 403, body: 'Terms not accepted' }, 'forbidden', 'copilot-refused'],
    [
      'a token that is not known',
      { status: 401, body: { message: 'Bad credentials' } },
      'unauthorized',
      'bad-credentials',
    ],
    ['a limit', { status: 403, body: limited, headers: { 'retry-after': '7' } }, 'rate-limited', 'github-rate-limited'],
    ['a page of a proxy', { status: 502, body: '<html>' }, 'upstream', 'github-failed'],
    ['an answer without a token', { status: 200, body: 'hello' }, 'upstream', 'github-failed'],
  ])('tell the cause of %s', async (_name, reply, code, reason) => {
    const github = await startGitHub({ token: reply })
    const { auth } = await startAuth(github.upstream.origin)
    await expect(auth.token()).rejects.toMatchObject({ code, reason })
  })

  it('says how a token that is not known is mended: where it came from', async () => {
    const github = await startGitHub({ token: { status: 401, body: { message: 'Bad credentials' } } })
    const kept = await startAuth(github.upstream.origin)
    await expect(kept.auth.token()).rejects.toMatchObject({ fix: 'crossfeed auth login' })
    const given = await startAuth(github.upstream.origin, { signIn: { from: 'COPILOT_GITHUB_TOKEN' } })
    await expect(given.auth.token()).rejects.toMatchObject({
      fix: 'Leave COPILOT_GITHUB_TOKEN away, or give it another token. To sign in: crossfeed auth login',
    })
  })

  it("keep GitHub's words, and its wait", async () => {
    const body = details('not_signed_up', 'No Copilot seat is assigned')
    const github = await startGitHub({ token: { status: 403, body } })
    const { auth } = await startAuth(github.upstream.origin)
    await expect(auth.token()).rejects.toMatchObject({
      message: 'GitHub refused Copilot: "No Copilot seat is assigned" (not_signed_up).',
      upstream: { code: 'not_signed_up', body },
    })
    github.replies.token = { status: 429, body: { message: 'slow' }, headers: { 'retry-after': '30' } }
    const other = await startAuth(github.upstream.origin)
    await expect(other.auth.token()).rejects.toMatchObject({ retryAfter: 30 })
  })

  it('are not asked for again at once', async () => {
    const github = await startGitHub({ token: { status: 401, body: { message: 'Bad credentials' } } })
    const { auth, clock } = await startAuth(github.upstream.origin)
    await expect(auth.token()).rejects.toThrow()
    await expect(auth.token()).rejects.toThrow()
    expect(github.exchanges()).toBe(1)
    await clock.advance(10_000)
    delete github.replies.token
    expect((await auth.token()).bearer).toBe('canary-token-1')
  })

  it('never repeat the token, even when GitHub does', async () => {
    const github = await startGitHub({ token: { status: 403, body: { message: 'gho_canary is not welcome' } } })
    const { auth, lines } = await startAuth(github.upstream.origin)
    const error = await auth.token().then(
      () => undefined,
      (cause: GatewayError) => cause,
    )
    expect(error?.message).toContain('is not welcome')
    expect(`${error?.stack} ${JSON.stringify(error)} ${lines.join()}`).not.toContain('canary')
  })
})
