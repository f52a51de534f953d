import { asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList, withMember } from '../../patches/copy-on-write.ts'

/** How the line begins that Claude Code puts before its system text. */
export const billingMark = 'x-anthropic-billing-header'

const reason = 'user-pain 2.3: the line differs in every request and spoils the prompt cache; only Anthropic reads it'

/** The text without that line. */
export function withoutBilling(text: string): string {
  if (!text.startsWith(billingMark)) return text
  const end = text.indexOf('\n')
  return end < 0 ? '' : text.slice(end).replace(/^\s+/, '')
}

/** The line goes from a system message that was a Messages client's system text. */
export const chatBillingLine: RequestPatch = {
  name: 'chat-billing-header',
  reason,
  protocol: 'chat',
  apply(body) {
    const messages = asList(body['messages'])
    const first = asObject(messages?.[0])
    if (!messages || first?.['role'] !== 'system') return body
    const content = withoutLine(first['content'])
    if (content === first['content']) return body
    const rest = messages.slice(1)
    return { ...body, messages: content === undefined ? rest : [{ ...first, content }, ...rest] }
  },
}

/** The same for `instructions`. */
export const responsesBillingLine: RequestPatch = {
  name: 'responses-billing-header',
  reason,
  protocol: 'responses',
  apply: (body): JsonObject => withMember(body, 'instructions', withoutLine(body['instructions'])),
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
