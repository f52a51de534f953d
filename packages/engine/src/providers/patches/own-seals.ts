import { asObject, asString, isSealFor, unwrapSeal, type Json, type JsonObject, type Seal } from '@crossfeed/protocols'
import { mapMember, withMember } from './copy-on-write.ts'
import { mapTurnBlocks } from './messages-blocks.ts'
import type { PatchContext, RequestPatch, Target } from '../provider.ts'

const foreign = 'sealed reasoning of another service or model can be read by nobody else'
const reason = 'a conversation that went over another supply holds reasoning that only that one can read'

/**
 * Sealed reasoning in the history of relayed requests: the target's own is unwrapped, that of others goes. What came bare
 * stays as it is: it is between the client and its upstream.
 */
export const ownSeals: readonly RequestPatch[] = [
  {
    name: 'own-seals',
    reason,
    protocol: 'messages',
    apply: (body, target, context) => mapTurnBlocks(body, (block, at) => mendBlock(block, at, target, context)),
  },
  {
    name: 'own-seals',
    reason,
    protocol: 'responses',
    apply: (body, target, context) =>
      mapMember(body, 'input', (item, at) => {
        const object = asObject(item)
        return object ? mendSlot(object, 'encrypted_content', `input[${at}]`, target, context) : item
      }),
  },
  {
    name: 'own-seals',
    reason,
    protocol: 'chat',
    apply: (body, target, context) =>
      mapMember(body, 'messages', (message, at) => mendTurn(message, at, target, context)),
  },
]

function mendBlock(block: JsonObject, at: number, target: Target, context: PatchContext): JsonObject | undefined {
  const type = block['type']
  if (type === 'compaction') {
    const mended = mendSlot(block, 'encrypted_content', `messages[${at}]`, target, context)
    // Where the history is told in plain words as well, these do for everybody.
    return mended ?? (asString(block['content']) ? withMember(block, 'encrypted_content', undefined) : undefined)
  }
  if (type !== 'thinking' && type !== 'redacted_thinking') return block
  const slot = type === 'thinking' ? 'signature' : 'data'
  return mendSlot(block, slot, `messages[${at}]`, target, context)
}

function mendTurn(message: Json, at: number, target: Target, context: PatchContext): Json {
  const turn = asObject(message)
  const lines = asString(turn?.['reasoning_opaque'])?.split('\n')
  if (!turn || !lines?.some((line) => unwrapSeal(line, 'chat').data !== line)) return message
  const own = lines.map((line) => unwrapSeal(line, 'chat')).filter((seal) => isOwn(seal, target))
  if (own.length < lines.length) context.lose({ path: `messages[${at}]`, why: foreign })
  const text = own.length === 0 ? undefined : own.map((seal) => seal.data).join('\n')
  return withMember(turn, 'reasoning_opaque', text)
}

/** `holder` with its seal bare; undefined when the seal is someone else's. */
function mendSlot(
  holder: JsonObject,
  slot: string,
  path: string,
  target: Target,
  context: PatchContext,
): JsonObject | undefined {
  const text = asString(holder[slot])
  if (text === undefined) return holder
  const seal = unwrapSeal(text, target.protocol)
  if (seal.data === text) return holder
  if (isOwn(seal, target)) return withMember(holder, slot, seal.data)
  context.lose({ path, why: foreign })
  return undefined
}

function isOwn(seal: Seal, target: Target): boolean {
  return seal.data !== '' && isSealFor(seal, target.issuer, target.protocol)
}
