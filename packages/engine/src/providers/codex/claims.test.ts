import { expect, it } from 'vitest'
import { readClaims } from './claims.ts'
import { token } from './issuer.test-support.ts'

it.each([
  [{ chatgpt_account_id: 'a' }, 'a'],
  [{ 'https://api.openai.com/auth': { chatgpt_account_id: 'b' } }, 'b'],
  [{ organizations: [{ id: 'c' }, { id: 'd' }] }, 'c'],
  [{ chatgpt_account_id: '', organizations: [{ id: 'c' }] }, 'c'],
  [{}, undefined],
])('finds the account in %j', (claims, accountId) => {
  expect(readClaims(token(claims)).accountId).toBe(accountId)
})

it.each(['', 'opaque', 'a.b.c', 'a.W10.c'])('takes %j for a token that says nothing', (text) => {
  expect(readClaims(text)).toEqual({})
})
