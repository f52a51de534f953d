import type { MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, Sampling } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { asksNothing, pathsOf } from '../core/unsaid.ts'
import { isBlank } from './write-content.ts'

/** Members of other protocols that say nothing about the answer. */
const noise: ReadonlySet<string> = new Set(['client_metadata', 'stream_options', 'include'])

/** Temperature, nucleus and stop words, within what the API takes; with thinking on, most of them may not be set. */
export function writeSampling(sampling: Sampling, thinks: boolean, lose: ReportLoss): MutableJson {
  const written: MutableJson = {}
  const { temperature, topP, topK } = sampling
  if (temperature !== undefined) {
    if (thinks && temperature !== 1) lose({ path: 'sampling.temperature', why: 'it cannot be set while thinking' })
    else written['temperature'] = Math.min(temperature, 1)
    if (!thinks && temperature > 1) lose({ path: 'sampling.temperature', why: 'the most that Messages takes is 1' })
  }
  if (topP !== undefined) {
    if (thinks && topP < 0.95) lose({ path: 'sampling.topP', why: 'it must be 0.95 or more while thinking' })
    else written['top_p'] = topP
  }
  if (topK !== undefined) {
    if (thinks) lose({ path: 'sampling.topK', why: 'it cannot be set while thinking' })
    else written['top_k'] = topK
  }
  const stop = sampling.stop?.filter((word) => !isBlank(word))
  if (stop && stop.length !== sampling.stop?.length)
    lose({ path: 'sampling.stop', why: 'Messages refuses stop sequences of white space' })
  if (stop && (stop.length > 0 || sampling.stop?.length === 0)) written['stop_sequences'] = stop
  return written
}

/** Reports every parameter that Messages has no member for. */
export function reportHomeless(prompt: Prompt, traits: Traits, lose: ReportLoss): void {
  const { sampling } = prompt
  const absent: readonly (readonly [path: string, isLost: boolean])[] = [
    ['sampling.seed', sampling.seed !== undefined],
    ['sampling.frequencyPenalty', (sampling.frequencyPenalty ?? 0) !== 0],
    ['sampling.presencePenalty', (sampling.presencePenalty ?? 0) !== 0],
    ['logprobs', prompt.logprobs !== undefined],
    ['choices', (prompt.choices ?? 1) > 1],
    ['verbosity', !asksNothing('verbosity', prompt.verbosity)],
    ['store', prompt.store === true],
    // No loss is the cache's key, which Codex has in every request: what Messages keeps is found by its words alone.
    ['cacheRetention', prompt.cacheRetention !== undefined],
    ['cacheOptions', !asksNothing('prompt_cache_options', prompt.cacheOptions)],
    ['metadata', prompt.metadata !== undefined && Object.keys(prompt.metadata).length > 0],
    ['moderation', prompt.moderation !== undefined],
    ['safetyId', prompt.safetyId !== undefined && prompt.user !== undefined],
    ['serviceTier', prompt.serviceTier !== undefined && writeTier(prompt.serviceTier) === undefined],
  ]
  for (const [path, isLost] of absent) if (isLost) lose({ path, why: 'Messages has no such member' })
  if (prompt.cache && traits.cacheMarks === 'none') lose({ path: 'cache', why: 'the model takes no cache breakpoints' })
  for (const protocol of ['chat', 'responses'] as const)
    for (const [member, value] of Object.entries(prompt.extras?.[protocol] ?? {}))
      if (!noise.has(member))
        for (const path of pathsOf(member, value)) lose({ path, why: `Messages has no such member of ${protocol}` })
}

/** The service tier by its name here; OpenAI's default is no other than the standard one. Undefined for those of others. */
export function writeTier(tier: string | undefined): 'auto' | 'standard_only' | undefined {
  if (tier === 'default') return 'standard_only'
  return tier === 'auto' || tier === 'standard_only' ? tier : undefined
}
