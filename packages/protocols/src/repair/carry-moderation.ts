import type { Machine, ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, asString, type JsonObject } from '../core/json.ts'
import { mergeExtras, type Reply } from '../core/reply.ts'
import type { ProtocolId } from '../core/protocol.ts'

/** The protocols of OpenAI, whose answers tell how they were moderated. */
type Moderated = Extract<ProtocolId, 'chat' | 'responses'>

/**
 * What an answer tells of its moderation, as `to` has it (OpenAI's reference of both): Chat Completions lists the results for the
 * input and for the output, Responses has one of each.
 */
export function carryModeration(to: Moderated): Machine<ReplyEvent, ReplyEvent> {
  return {
    push: (event) =>
      event.type === 'start' || event.type === 'end' ? [{ ...event, ...extrasFor(event, to) }] : [event],
    end: () => [],
  }
}

/** The same of a whole answer. */
export function moderatedReply(reply: Reply, to: Moderated): Reply {
  return { ...reply, ...extrasFor(reply, to) }
}

function extrasFor({ extras }: Pick<Reply, 'extras'>, to: Moderated): Pick<Reply, 'extras'> {
  const told = asObject(extras?.[to === 'chat' ? 'responses' : 'chat']?.['moderation'])
  if (!told) return {}
  const write = to === 'chat' ? asList : asResult
  const moderation = { input: write(asObject(told['input'])), output: write(asObject(told['output'])) }
  const merged = mergeExtras(extras, { [to]: { moderation } })
  return merged ? { extras: merged } : {}
}

function asList(result: JsonObject | undefined): JsonObject | null {
  if (result?.['type'] !== 'moderation_result') return result ?? null
  return { type: 'moderation_results', model: asString(result['model']) ?? '', results: [result] }
}

/** One result for several: flagged, and of each category the most that any of them has. */
function asResult(list: JsonObject | undefined): JsonObject | null {
  if (list?.['type'] !== 'moderation_results') return list ?? null
  const [first, ...others] = asObjects(list['results'])
  if (!first) return null
  return others.reduce<JsonObject>(joined, first)
}

function joined(one: JsonObject, other: JsonObject): JsonObject {
  const categories = { ...asObject(one['categories']) }
  for (const [name, is] of Object.entries(asObject(other['categories']) ?? {})) if (is === true) categories[name] = true
  const scores = { ...asObject(one['category_scores']) }
  for (const [name, score] of Object.entries(asObject(other['category_scores']) ?? {}))
    scores[name] = Math.max(Number(scores[name] ?? 0), Number(score))
  const flagged = one['flagged'] === true || other['flagged'] === true
  return { ...one, flagged, categories, category_scores: scores }
}
