import { asObjects, asString, type Json, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { chatCallTypes } from '../patches/chat-call-types.ts'
import { chatEmptyTurns } from '../patches/chat-empty-turns.ts'
import { asList } from '../patches/copy-on-write.ts'
import { developerAsSystem } from '../patches/developer-as-system.ts'
import { maxTokensName } from '../patches/max-tokens-name.ts'
import { metadataUnstored } from '../patches/metadata-unstored.ts'
import { effortFitted } from '../patches/openai-effort.ts'
import { samplingRefused } from '../patches/openai-sampling.ts'
import { toolSchemas } from '../patches/tool-schemas.ts'
import type { EventMender, EventPatch, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { isV1, versionOf } from './version.ts'

const member = 'prompt_filter_results'

/** The report on the prompt moves from a chunk of its own, which has no choices and no id, to the first that has. */
const promptReport: EventPatch = {
  name: 'azure-prompt-report',
  reason:
    'copilot-protocol 11: the first chunk is empty but for prompt_filter_results; clients ask for its first choice',
  protocol: 'chat',
  start(): EventMender {
    let held: Json | undefined
    return {
      wants: (raw) => held !== undefined || raw.includes(`"${member}"`),
      mend(event) {
        const { data } = event
        if (data === '[DONE]') return [event]
        if (isBare(data)) {
          held = data[member]
          return []
        }
        return [held === undefined ? event : release(event, data)]
      },
    }
    function release(event: WireEvent, chunk: JsonObject): WireEvent {
      const report = held ?? null
      held = undefined
      return { ...event, data: { ...chunk, [member]: report } }
    }
  },
}

function isBare(chunk: JsonObject): boolean {
  return chunk[member] !== undefined && !asString(chunk['id']) && (asList(chunk['choices'])?.length ?? 0) === 0
}

/** Members that every chunk of a stream has in common. */
const headMembers = ['id', 'object', 'created', 'model'] as const

/**
 * With the asynchronous filter, reports on what was said come in chunks of their own, whose choices have no delta and whose
 * head is empty (learn.microsoft.com, "Content streaming"): clients look into the delta of each choice, and fail.
 */
const filterNotes: EventPatch = {
  name: 'azure-filter-notes',
  reason: "azure: Cannot read properties of undefined (reading 'content')",
  protocol: 'chat',
  start(): EventMender {
    let head: JsonObject | undefined
    return {
      wants: (raw) => head === undefined || raw.includes('"content_filter_offsets"'),
      mend(event) {
        const { data } = event
        if (data === '[DONE]') return [event]
        if (asString(data['id'])) head ??= Object.fromEntries(headMembers.map((name) => [name, data[name] ?? null]))
        const choices = asObjects(data['choices'])
        if (choices.every((choice) => choice['delta'] !== undefined)) return [event]
        const whole = choices.map((choice) => ({ ...choice, delta: choice['delta'] ?? {} }))
        return [{ ...event, data: { ...data, ...head, choices: whole } }]
      },
    }
  },
}

/** The mends of streams. */
export const eventPatches: readonly EventPatch[] = [promptReport, filterNotes]

/** The first dated version that knows the role `developer`. */
const firstWithDeveloper = '2024-12-01'

/** The mends of requests. */
export function requestPatches(settings: ProviderSettings): readonly RequestPatch[] {
  return [
    ...(isV1(settings) || versionOf(settings) >= firstWithDeveloper ? [] : [developerAsSystem(() => true)]),
    chatCallTypes,
    chatEmptyTurns,
    metadataUnstored,
    ...toolSchemas,
    maxTokensName,
    ...effortFitted,
    ...samplingRefused,
  ]
}
