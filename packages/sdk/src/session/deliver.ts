import type { Part } from '@crossfeed/protocols'
import type { Attachment, MessageOptions } from './config.ts'
import type { SessionParts } from './parts.ts'

/** A message with its attachments read. */
export interface Message {
  readonly id: string
  readonly prompt: string
  readonly source: MessageOptions['source']
  /** The attachments, as the model gets them. */
  readonly parts: readonly Part[]
  /** The attachments, as the program gave them. */
  readonly attachments: readonly Attachment[]
}

/** Puts a message into the conversation, as the hooks want it, and tells of it. Gives its id. */
export async function deliver(
  parts: SessionParts,
  message: Message,
  delivery: 'idle' | 'steering' | 'queued',
): Promise<string> {
  const { hooks, log, conversation } = parts
  const submitted = await hooks.run('onUserPromptSubmitted', { prompt: message.prompt })
  const prompt = submitted?.modifiedPrompt ?? message.prompt
  const added = submitted?.additionalContext
  const words = added ? `${prompt}\n\n${added}` : prompt
  const attached = message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  const whole = [...attached, words].join('\n\n')
  const transformed = await hooks.run('onUserPromptTransformed', { prompt, transformedPrompt: whole })
  const text = transformed?.modifiedTransformedPrompt ?? whole
  const media = message.parts.filter((part) => part.kind !== 'text')
  conversation.add({ role: 'user', parts: [...media, { kind: 'text', text }] })
  log.emit('user.message', {
    content: message.prompt,
    messageId: message.id,
    delivery,
    ...(text === message.prompt ? {} : { transformedContent: text }),
    ...(message.source === undefined ? {} : { source: message.source }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments.map(describe) }),
  })
  return message.id
}

/** Only a person's own words count as the user's. */
export function initiatorOf(message: Message): 'user' | 'agent' {
  return message.source === undefined || message.source === 'user' ? 'user' : 'agent'
}

/** An attachment without its content. */
function describe(attachment: Attachment): { type: string; displayName?: string; path?: string } {
  const { type, displayName } = attachment
  const path = pathOf(attachment)
  return { type, ...(displayName === undefined ? {} : { displayName }), ...(path === undefined ? {} : { path }) }
}

function pathOf(attachment: Attachment): string | undefined {
  if (attachment.type === 'selection') return attachment.filePath
  return attachment.type === 'blob' ? undefined : attachment.path
}
