import { asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { hostOf } from '../vendors/hosts.ts'
import { asList, withMember } from './copy-on-write.ts'

/** How the line begins that Claude Code puts before its system text. */
const billingMark = 'x-anthropic-billing-header'

const reason = 'user-pain 2.3: the line differs in every request and spoils the prompt cache; only Anthropic reads it'

/** The text without that line. */
function withoutBilling(text: string): string {
  if (!text.startsWith(billingMark)) return text
  const end = text.indexOf('\n')
  return end < 0 ? '' : text.slice(end).replace(/^\s+/, '')
}

/** The line goes from a system message that was a Messages client's system text. */
const chatBillingLine: RequestPatch = {
  name: 'chat-billing-header',
  reason,
  protocol: 'chat',
  apply(body) {
    const messages = asList(body['messages'])
    const first = asObject(messages?.[0])
    if (!messages || (first?.['role'] !== 'system' && first?.['role'] !== 'developer')) return body
    const content = withoutLine(first['content'])
    if (content === first['content']) return body
    const rest = messages.slice(1)
    return { ...body, messages: content === undefined ? rest : [{ ...first, content }, ...rest] }
  },
}

/** The same for `instructions`. */
const responsesBillingLine: RequestPatch = {
  name: 'responses-billing-header',
  reason,
  protocol: 'responses',
  apply: (body): JsonObject => withMember(body, 'instructions', withoutLine(body['instructions'])),
}

/** The same for the system text of Messages, as a block or as the first line of a string. */
const messagesBillingLine: RequestPatch = {
  name: 'messages-billing-header',
  reason,
  protocol: 'messages',
  apply: (body) => withMember(body, 'system', withoutLine(body['system'])),
}

/** The line with which Claude Code begins its system text goes. */
export const billingLines: readonly RequestPatch[] = [chatBillingLine, responsesBillingLine, messagesBillingLine]

/** The same for a supply of any kind; Anthropic's own service reads the line. */
export function billingLinesFor(settings: ProviderSettings): readonly RequestPatch[] {
  const isOwn = settings.baseUrl === undefined || /(?:^|\.)anthropic\.com$/.test(hostOf(settings))
  return settings.type === 'anthropic' && isOwn ? [chatBillingLine, responsesBillingLine] : billingLines
}

/** Content without the line; undefined when nothing else is left. */
function withoutLine(content: Json | undefined): Json | undefined {
  if (typeof content === 'string')
    return content.startsWith(billingMark) ? withoutBilling(content) || undefined : content
  const parts = asList(content)
  const first = asObject(parts?.[0])
  const text = asString(first?.['text'])
  if (!parts || !first || !text?.startsWith(billingMark)) return content
  const left = withoutBilling(text)
  const kept = left === '' ? parts.slice(1) : [{ ...first, text: left }, ...parts.slice(1)]
  return kept.length === 0 ? undefined : kept
}
