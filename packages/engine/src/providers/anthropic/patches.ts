import { asNumber, asObject, asString, leastBudget, type JsonObject } from '@crossfeed/protocols'
import { without, withMember } from '../patches/copy-on-write.ts'
import { ownSettings } from '../model-settings/models.ts'
import { messagesBreakpoints } from '../patches/cache-breakpoints.ts'
import { fitEffort } from '../patches/fit-effort.ts'
import { systemTurns } from '../patches/messages-system-turns.ts'
import { withoutThinkingEdits } from '../patches/messages-thinking-edits.ts'
import { isMidTurnUnthought, sampling, thinkingForm, thinkingSeals } from '../patches/messages-thinking.ts'
import { toolSchemas } from '../patches/tool-schemas.ts'
import type { PatchContext, RequestPatch, Target } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { claudeFacts, type ClaudeFacts } from './families.ts'

/**
 * Rules of Anthropic's models that differ by model, so that a name in an alias or a mapping can stand for another model
 * than the client was made for. Servers of other vendors that speak Messages are left alone.
 */
const claudeRules: readonly RequestPatch[] = [
  forClaude(thinkingSeals, () => true),
  systemTurns,
  ...toolSchemas,
  forClaude(thinkingForm, isOtherForm),
  {
    name: 'messages-thinking-on',
    reason:
      'adaptive thinking, platform.claude.com: `thinking.type: "disabled"` is refused by models that always think',
    protocol: 'messages',
    apply(body, target, context) {
      if (!factsOf(target)?.alwaysThinks || asObject(body['thinking'])?.['type'] !== 'disabled') return body
      context.lose({ path: 'thinking', why: `${target.model} cannot be kept from thinking` })
      return without(body, 'thinking')
    },
  },
  forClaude(sampling, ({ version = Infinity }, body) => version >= 4.1 || asObject(body['thinking']) !== undefined),
  {
    name: 'messages-effort',
    reason: 'effort, platform.claude.com: "This model does not support the effort parameter.", or not this one',
    protocol: 'messages',
    apply(body, target, context) {
      const output = asObject(body['output_config'])
      const asked = asString(output?.['effort'])
      if (!output) return body
      const sent = fitEffort({ asked, offered: factsOf(target)?.efforts, member: 'output_config.effort' }, context)
      if (sent === asked) return body
      const fitted = withMember(output, 'effort', sent)
      return withMember(body, 'output_config', Object.keys(fitted).length === 0 ? undefined : fitted)
    },
  },
  {
    name: 'messages-clear-thinking',
    reason: '`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive',
    protocol: 'messages',
    apply(body) {
      const thinks = asObject(body['thinking'])?.['type']
      return thinks === 'enabled' || thinks === 'adaptive' ? body : withoutThinkingEdits(body)
    },
  },
  {
    name: 'messages-fixed-sampling',
    reason: 'migration guide to Claude Opus 4.7: temperature, top_p and top_k other than the default are refused',
    protocol: 'messages',
    apply(body, target, context) {
      if (!factsOf(target)?.fixedSampling) return body
      const gone = ['temperature', 'top_p', 'top_k'].filter((member) => body[member] !== undefined)
      // The default is what the model does without being told; some of its servers refuse even that (BerriAI/litellm#26246).
      for (const member of gone)
        if (member === 'top_k' || asNumber(body[member]) !== 1)
          context.lose({ path: member, why: `${target.model} refuses it` })
      return gone.length === 0 ? body : without(body, ...gone)
    },
  },
]

/** The mends of requests. */
export function requestPatches(settings: ProviderSettings): readonly RequestPatch[] {
  const isWanted = (name: string): boolean =>
    ownSettings(settings, name)?.contextCache ?? settings.cacheBreakpoints !== false
  return [
    {
      ...messagesBreakpoints,
      apply: (body, target, context) =>
        factsOf(target) && isWanted(target.name) ? messagesBreakpoints.apply(body, target, context) : body,
    },
    ...claudeRules,
  ]
}

function factsOf(target: Target): ClaudeFacts | undefined {
  return claudeFacts(target.model) ?? claudeFacts(target.name)
}

function forClaude(
  patch: RequestPatch,
  isNeeded: (claude: ClaudeFacts, body: JsonObject, context: PatchContext) => boolean,
): RequestPatch {
  return {
    ...patch,
    apply(body, target, context) {
      const claude = factsOf(target)
      return claude && isNeeded(claude, body, context) ? patch.apply(body, target, context) : body
    },
  }
}

/** Whether thinking is asked for in a form that the model has not, out of bounds, or where it has to have begun earlier. */
function isOtherForm(claude: ClaudeFacts, body: JsonObject, { headers }: PatchContext): boolean {
  const thinking = asObject(body['thinking'])
  if (thinking?.['type'] !== 'enabled') return thinking?.['type'] === 'adaptive' && !claude.adaptive
  return !claude.budget || isMidTurnUnthought(body) || isOutOfBounds(thinking, body, headers)
}

/** Between tool calls a budget is for the whole turn, so that it may be more than one answer (extended thinking guide). */
function isOutOfBounds(thinking: JsonObject, body: JsonObject, headers: PatchContext['headers']): boolean {
  const budget = asNumber(thinking['budget_tokens'])
  if (budget === undefined || budget < leastBudget) return true
  const isForTurn = String(headers['anthropic-beta'] ?? '').includes('interleaved-thinking')
  return !isForTurn && budget >= (asNumber(body['max_tokens']) ?? Infinity)
}
