import { asObject, asString, isSealFor, unwrapSeal, type Json, type JsonObject } from '@crossfeed/protocols'
import type { PatchContext, RequestPatch, Target } from '../../provider.ts'
import { mapMember, without, withMember } from '../../patches/copy-on-write.ts'

/**
 * Reasoning in the history: Copilot's own opaque text goes back as it came, someone else's goes with its readable text,
 * and `reasoning_content` (the name that clients know, see the reply mends) goes back under Copilot's name.
 */
export const historyReasoning: RequestPatch = {
  name: 'chat-history-reasoning',
  reason:
    'Q18, user-pain 4.2: opaque reasoning of another origin is refused; reasoning_content is not the service’s name',
  protocol: 'chat',
  apply: (body, target, context) => mapMember(body, 'messages', (message, at) => mend(message, at, target, context)),
}

function mend(message: Json, at: number, target: Target, context: PatchContext): Json {
  const turn = asObject(message)
  if (!turn) return message
  const opaque = asString(turn['reasoning_opaque'])
  if (opaque !== undefined) {
    const seal = unwrapSeal(opaque, 'chat')
    if (seal.data !== '' && isSealFor(seal, target.issuer, 'chat'))
      return ownName(withMember(turn, 'reasoning_opaque', seal.data))
    context.lose({ path: `messages[${at}].reasoning_opaque`, why: 'it was made by another service' })
    return without(turn, 'reasoning_opaque', 'reasoning_text', 'reasoning_content')
  }
  if (turn['reasoning_content'] === undefined) return turn
  // Readable reasoning without its opaque half is of no use to the service.
  if (asString(turn['reasoning_content']))
    context.lose({ path: `messages[${at}].reasoning_content`, why: 'GitHub Copilot takes back only sealed reasoning' })
  return without(turn, 'reasoning_content')
}

function ownName(turn: JsonObject): JsonObject {
  const readable = asString(turn['reasoning_text']) ?? asString(turn['reasoning_content'])
  const bare = without(turn, 'reasoning_content')
  return readable === undefined ? bare : withMember(bare, 'reasoning_text', readable)
}
