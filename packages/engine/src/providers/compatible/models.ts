import { plainTraits, type ProtocolId, type Traits } from '@crossfeed/protocols'
import { plainThinking } from '../messages-dialect.ts'
import type { Model } from '../model.ts'
import { takesDocuments, toolContentOf } from '../model-settings/content-support.ts'
import { nameAtUpstream, ownSettings } from '../model-settings/models.ts'
import { familyOf } from '../openai-families.ts'
import type { ProviderSettings } from '../settings.ts'
import { habitsOf } from '../vendors/habits.ts'
import { isDashScope, isOpenRouter } from '../vendors/hosts.ts'

/** What is safe to send to a server of which only the protocol is known, and what some are known for. */
export function traitsOf(model: Model, protocol: ProtocolId, settings: ProviderSettings): Traits {
  const tool = toolContentOf(settings, model.id)
  const isChat = protocol === 'chat'
  const { searchTool } = habitsOf(settings)
  return {
    ...plainTraits,
    reasoningField: habitsOf(settings).reasoningField ?? 'reasoning_content',
    customTools: false,
    namespaces: false,
    hostedTools: protocol === 'messages',
    ...(isChat && searchTool !== undefined ? { searchTool } : {}),
    toolResultMedia: !isChat || tool.image || tool.pdf,
    documents: !isChat || takesDocuments(settings, model.id, isOpenRouter(settings)),
    cacheMarks: protocol === 'messages' || (isChat && isOpenRouter(settings)) ? 'parts' : 'none',
    reasoning: reasoningOf(model, protocol, settings),
    ...(isChat && !habitsOf(settings).partsThinking ? { thinkTags: true } : {}),
    // Their patch marks the last turn as one to go on with.
    ...(isChat && habitsOf(settings).strictTurns ? { continues: true } : {}),
    ...(model.limits.output === undefined ? {} : { maxOutput: model.limits.output }),
  }
}

function reasoningOf(model: Model, protocol: ProtocolId, settings: ProviderSettings): Traits['reasoning'] {
  if (protocol === 'messages') return plainThinking
  const efforts = familyOf(nameAtUpstream(settings, model.id))?.efforts
  return {
    adaptive: false,
    ...(efforts === undefined ? {} : { efforts }),
    ...(protocol === 'chat' ? memberOf(model, settings) : {}),
  }
}

function memberOf(model: Model, settings: ProviderSettings): Pick<Traits['reasoning'], 'member'> {
  if (thinksByBudget(model, settings)) return { member: 'thinking_budget' }
  return habitsOf(settings).switchesThinking ? { member: 'thinking' } : {}
}

/** DashScope's models take `enable_thinking` and `thinking_budget` for an effort, and whoever has them in `extraBody`. */
function thinksByBudget(model: Model, settings: ProviderSettings): boolean {
  const extra = ownSettings(settings, model.id)?.extraBody
  return isDashScope(settings) || extra?.['thinking_budget'] !== undefined || extra?.['enable_thinking'] !== undefined
}
