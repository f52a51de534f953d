import { createHmac } from 'node:crypto'
import { stringOf } from '../json.ts'
import { Refusal } from '../refusal.ts'
import type { Call, EmulatorState } from '../state.ts'

const mac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('hex')

const badCredentials = (): Refusal =>
  new Refusal(401, 'Bad credentials', {
    body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
  })

/** The GitHub token of a call to GitHub's API (`token x` or `Bearer x`); throws 401 Bad credentials. */
export function readGithubToken(call: Call, state: EmulatorState): string {
  const token = /^(?:token|bearer) (\S+)$/i.exec(stringOf(call.headers.authorization))?.[1]
  if (token === undefined || !isGithubToken(token, state)) throw badCredentials()
  return token
}

/** Whether a GitHub token is accepted; classic `ghp_` tokens never are. */
function isGithubToken(token: string, { options: { githubTokens } }: EmulatorState): boolean {
  if (!/^(gho_|ghu_|ghs_|github_pat_)\w/.test(token)) return false
  return githubTokens === undefined || githubTokens.includes(token)
}

/** A Copilot token in the real one's form, `k=v;k=v…:<mac>`; `iat` is the emulator's own (ms). */
export function issueCopilotToken(state: EmulatorState, expiresAt: number): string {
  const fields = `tid=3f0c2a9b1d7e4c58a6b2f1e0d9c8b7a6;exp=${expiresAt};sku=plus_monthly_subscriber_quota;st=dotcom;chat=1;cit=1;malfil=1;editor_preview_features=1;agent_mode=1;mcp=1;ccr=1;8kp=1;sn=0;fcv1=1;iat=${state.options.now()}`
  return `${fields}:${mac(fields, state.options.secret)}`
}

const editorHeaderMissing = 'bad request: missing Editor-Version header for IDE auth\n'

/** Lets a call to the Copilot API in, or throws 400, 401, 403 or 421 as the service does. */
export function authorizeCopilot(call: Call, state: EmulatorState, isModelCall: boolean): void {
  const token = /^bearer (.+)$/i.exec(stringOf(call.headers.authorization))?.[1]
  if (token === undefined)
    throw new Refusal(401, 'unauthorized', { plain: 'unauthorized: missing authorization header\n' })
  const exchanged = token.startsWith('tid=')
  if (exchanged) checkExchanged(token, state, isModelCall)
  else checkDirect(token, state)
  if (exchanged && state.quirks['editor-headers-required'] && call.headers['editor-version'] === undefined) {
    throw new Refusal(400, 'missing header', { plain: editorHeaderMissing })
  }
  if (state.quirks['token-other-endpoint'] && call.tenant !== (exchanged ? 'tenant' : 'user-tenant')) {
    throw new Refusal(421, 'misdirected request', {
      plain: 'misdirected request: this account is served by another host\n',
    })
  }
}

function checkDirect(token: string, state: EmulatorState): void {
  if (token.startsWith('ghp_')) {
    const plain = 'bad request: Personal Access Tokens are not supported for this endpoint\n'
    throw new Refusal(400, 'token kind', { plain })
  }
  if (!isGithubToken(token, state)) throw new Refusal(401, 'unauthorized', { plain: 'unauthorized: invalid token\n' })
}

function checkExchanged(token: string, state: EmulatorState, isModelCall: boolean): void {
  const split = token.lastIndexOf(':')
  const fields = token.slice(0, split)
  if (mac(fields, state.options.secret) !== token.slice(split + 1)) {
    throw new Refusal(401, 'unauthorized', { plain: 'unauthorized: invalid token\n' })
  }
  const number = (name: string): number => Number(new RegExp(`(?:^|;)${name}=(\\d+)`).exec(fields)?.[1] ?? 0)
  const uses = state.tokenUses.get(token) ?? 0
  if (isModelCall) state.tokenUses.set(token, uses + 1)
  const early = state.quirks['token-expires-early'] && isModelCall && uses > 0
  if (early || number('exp') * 1000 <= state.options.now() || number('iat') < state.tokensValidFrom) {
    throw new Refusal(401, 'unauthorized', { plain: 'unauthorized: token expired\n' })
  }
}
