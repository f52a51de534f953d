import type { Machine, ReplyEvent } from '../core/events.ts'
import { foldEvents, unfoldReply } from '../core/reply.ts'
import { mendCallIds } from './call-ids.ts'
import { carryMcp } from './mcp/carry-mcp.ts'
import { carryModeration, moderatedReply } from './carry-moderation.ts'
import { carryPictures } from './carry-pictures.ts'
import { carrySearches } from './carry-searches.ts'
import { distinctTools } from './distinct-tools.ts'
import { holdLateSeals } from './late-seals.ts'
import { lowerItemTools } from './client-tools/item-tools.ts'
import { tellExamples } from './input-examples.ts'
import { keepOwnSeals } from './own-seals.ts'
import { pairTools } from './pair-tools.ts'
import { showPictures } from './pictures.ts'
import { raiseItemCalls, raiseItemEvents } from './client-tools/raise-item-tools.ts'
import { raiseEvents, raiseReply } from './raise-tools.ts'
import { carryServers } from './mcp/remote-mcp.ts'
import type { Repair, Way, WayBack } from './repair.ts'
import { settleConfiguration } from './settle-configuration.ts'
import { settleStrictness } from './settle-strictness.ts'
import { cutEvents, cutReply, withoutStops } from './stop-words.ts'
import { onlyShown } from './shown-turns.ts'
import { beginWithUser, endWithUser, tellUncontinued, trimBegun } from './speakers.ts'
import { tellDocuments } from './tell/tell-documents.ts'
import { tellItemMembers } from './tell/tell-item-members.ts'
import { tellServerTools } from './tell/tell-server-tools.ts'
import { tellToolMembers } from './tell/tell-tool-members.ts'
import { dropToolItems, gatherItemTools } from './tool-items.ts'
import { lowerTools } from './tool-names.ts'
import { lowerToolsets, raiseToolsetEvents, raiseToolsets } from './client-tools/toolsets.ts'
import { lowerTypedTools } from './client-tools/typed-tools.ts'
import { partThinking, partThinkingEvents } from './think-tags.ts'
import { shortenUser } from './user-id.ts'

/**
 * All that a translated request has mended, in the order in which it happens. The answer meets what they left to undo in the
 * opposite order: what stands first here has the last word on it.
 */
export const repairs: readonly Repair[] = [
  {
    // Of the answer only, as the next one; it has to see the parts that the client will see.
    name: 'late-seals',
    isNeeded: ({ from, to }) => to === 'chat' && from !== 'chat',
    mend(prompt, { lose, undo }) {
      undo({ reply: (reply) => reply, events: () => holdLateSeals(lose) })
      return prompt
    },
  },
  {
    name: 'searches',
    isNeeded: isBetweenItemsAndBlocks,
    mend(prompt, { from, undo }) {
      undo(byEvents(() => carrySearches(from)))
      return prompt
    },
  },
  {
    name: 'made-pictures',
    isNeeded: ({ from, to }) => (from === 'chat' && to === 'responses') || (from === 'responses' && to === 'chat'),
    mend(prompt, { from, undo }) {
      undo(byEvents(() => carryPictures(from)))
      return prompt
    },
  },
  {
    // Before anything is said of items: what their calls tell of their set is no loss.
    name: 'toolsets',
    isNeeded: ({ from, to }, { tools }) => from === 'messages' && to !== 'messages' && tools.length > 0,
    mend(prompt, way) {
      const lowered = lowerToolsets(prompt, way)
      if (!lowered) return prompt
      const { names } = lowered
      way.undo({ reply: (reply) => raiseToolsets(reply, names), events: () => raiseToolsetEvents(names) })
      return lowered.prompt
    },
  },
  {
    // Of the answer as the client will see it: what it calls words was thought until the tags were read.
    name: 'stop-words',
    isNeeded: ({ from, to, traits }, { sampling }) =>
      (from !== to || traits.stops === false) && sampling.stop !== undefined && sampling.stop.length > 0,
    mend(prompt, way) {
      const told = withoutStops(prompt, way)
      if (!told) return prompt
      const { stops } = told
      way.undo({ reply: (reply) => cutReply(reply, stops), events: () => cutEvents(stops) })
      return told.prompt
    },
  },
  {
    name: 'moderation',
    isNeeded: ({ from, to }, { moderation }) =>
      moderation !== undefined && ((from === 'chat' && to === 'responses') || (from === 'responses' && to === 'chat')),
    mend(prompt, { from, undo }) {
      const to = from === 'chat' ? 'chat' : 'responses'
      undo({ reply: (reply) => moderatedReply(reply, to), events: () => carryModeration(to) })
      return prompt
    },
  },
  {
    // Of the items as the client wrote them: some are gone soon.
    name: 'item-members',
    isNeeded: ({ from, to }, _prompt, { calls }) => from !== to && (from === 'responses' || calls),
    mend(prompt, { from, lose }) {
      tellItemMembers(prompt, from, lose)
      return prompt
    },
  },
  {
    // Before all that looks at tools: it brings some.
    name: 'tools-of-items',
    isNeeded: ({ from, to }, _prompt, { natives }) => from === 'responses' && to !== 'responses' && natives,
    mend: gatherItemTools,
  },
  {
    name: 'configuration',
    isNeeded: ({ from, to }, _prompt, { natives }) => from === 'responses' && to !== 'responses' && natives,
    mend: settleConfiguration,
  },
  {
    // Before all that looks at tools or calls: it makes some of either.
    name: 'item-tools',
    isNeeded: ({ from }, { tools }) => from === 'responses' && tools.length > 0,
    mend(prompt, { to, traits, undo }) {
      // What a search finds may be tools of any kind.
      const hasSearch = traits.toolSearch && traits.namespaces && traits.customTools
      const lowered = lowerItemTools(prompt, (type) => to === 'responses' && (hasSearch || type !== 'tool_search'))
      if (!lowered) return prompt
      const { tools } = lowered
      undo({ reply: (reply) => raiseItemCalls(reply, tools), events: () => raiseItemEvents(tools) })
      return lowered.prompt
    },
  },
  {
    name: 'typed-tools',
    isNeeded: ({ from, to }, { tools }) => from === 'messages' && to !== 'messages' && tools.length > 0,
    mend: lowerTypedTools,
  },
  {
    // Before anything is said of tools or of items: those of its servers are no loss.
    name: 'mcp-servers',
    isNeeded: ({ from, to, traits }, { tools, extras }) =>
      traits.hostedTools &&
      from !== to &&
      (tools.some(({ kind }) => kind === 'native') || extras?.messages !== undefined),
    mend(prompt, { from, to, lose, undo }) {
      const carried = carryServers(prompt, from, to, lose)
      if (!carried) return prompt
      if (from !== 'chat') undo(byEvents(() => carryMcp(from, carried.names)))
      return carried.prompt
    },
  },
  {
    name: 'input-examples',
    isNeeded: ({ from, to }, { tools }) => from === 'messages' && to !== 'messages' && tools.length > 0,
    mend: tellExamples,
  },
  {
    // Of the tools as the client described them: what follows changes how they are called.
    name: 'tool-members',
    isNeeded: (_way, { tools }) => tools.length > 0,
    mend(prompt, { to, traits, lose }) {
      tellToolMembers(prompt, to, traits, lose)
      return prompt
    },
  },
  {
    // Before any other look at the turns: those that its model would not see need no mending.
    name: 'shown-turns',
    isNeeded: ({ from, to }, _prompt, { natives, compactions, settings }) =>
      from === 'messages' && to !== 'messages' && (natives || compactions || settings),
    mend: (prompt, { to, lose }) => onlyShown(prompt, to, lose),
  },
  {
    // After the turns have brought and withdrawn tools.
    name: 'strictness',
    isNeeded: ({ from, to }, { tools, format }) =>
      from === 'messages' && to !== 'messages' && (tools.length > 0 || format !== undefined),
    mend: (prompt, { to, lose }) => settleStrictness(prompt, to, lose),
  },
  {
    // After those that a search has found were told of its call, and before items are told in words: these say nothing more.
    name: 'tool-items',
    isNeeded: ({ from, to }, _prompt, { natives }) => from === 'responses' && to !== 'responses' && natives,
    mend: dropToolItems,
  },
  {
    // Before the items that made them are told in words.
    name: 'pictures',
    isNeeded: ({ from, to }, _prompt, { natives }) =>
      (from === 'responses' && to !== 'responses' && natives) || (from === 'chat' && to !== 'chat'),
    mend: (prompt, { to, lose }) => showPictures(prompt, to, lose),
  },
  {
    name: 'server-tools',
    isNeeded: (_way, _prompt, { natives }) => natives,
    mend: (prompt, { to, lose }) => tellServerTools(prompt, to, lose),
  },
  {
    // After the items, of which pictures may have been left.
    name: 'documents',
    isNeeded: ({ to }, _prompt, { media }) => media && to !== 'messages',
    mend: (prompt, { to, lose }) => tellDocuments(prompt, to, lose),
  },
  {
    // Before calls are paired and speakers counted: it may take all that a turn held.
    name: 'own-seals',
    isNeeded: (_way, _prompt, { reasoning, compactions }) => reasoning || compactions,
    mend: (prompt, { issuer, to, lose }) => keepOwnSeals(prompt, issuer, to, lose),
  },
  {
    name: 'paired-tools',
    isNeeded: (_way, _prompt, { calls }) => calls,
    mend: (prompt, { lose }) => pairTools(prompt, lose),
  },
  {
    // After the pairs are made, for which each call has to have an id of its own, as the client wrote it.
    name: 'call-ids',
    isNeeded: (_way, _prompt, { calls }) => calls,
    mend: (prompt, { to }) => mendCallIds(prompt, to),
  },
  {
    // The speakers are looked at when no turn comes or goes any more.
    name: 'last-speaker',
    isNeeded: ({ traits }) => !traits.prefill,
    mend: (prompt, { traits, to, lose }) => endWithUser(prompt, traits, to, lose),
  },
  {
    name: 'begun-words',
    isNeeded: ({ from, to, traits }) => from !== 'messages' && to === 'messages' && traits.prefill,
    mend: trimBegun,
  },
  {
    name: 'first-speaker',
    isNeeded: ({ to }) => to === 'messages',
    mend: (prompt, { to, lose }) => beginWithUser(prompt, to, lose),
  },
  {
    name: 'uncontinued',
    isNeeded: ({ from, to, traits }) => from === 'messages' && to !== 'messages' && !traits.continues,
    mend(prompt, { to, traits, lose }) {
      tellUncontinued(prompt, traits, to, lose)
      return prompt
    },
  },
  {
    name: 'distinct-tools',
    isNeeded: ({ from, to }, { tools }) => from !== to && to !== 'responses' && tools.length > 1,
    mend: (prompt, { lose }) => distinctTools(prompt, lose),
  },
  {
    // Last of what concerns tools: all others know them by the client's names.
    name: 'tool-names',
    isNeeded: (_way, { tools }, { calls }) => calls || tools.length > 0,
    mend(prompt, { to, traits, undo }) {
      const { prompt: lowered, names } = lowerTools(prompt, traits, to)
      if (names.size > 0) undo({ reply: (reply) => raiseReply(reply, names), events: () => raiseEvents(names) })
      return lowered
    },
  },
  {
    // Where a request to a server of the client's own protocol has to be read: of others, each protocol reports it itself.
    name: 'one-answer',
    isNeeded: ({ from, to }, { choices }) => from === to && choices !== undefined && choices > 1,
    mend(prompt, { lose }) {
      lose({ path: 'n', why: 'the answer has to be read and written anew, which is done for one' })
      const { choices: _more, ...others } = prompt
      return others
    },
  },
  {
    name: 'user-id',
    isNeeded: (_way, { user }) => user !== undefined,
    mend: (prompt, { to }) => shortenUser(prompt, to),
  },
  {
    // Of the answer only, before all else that looks at it: what was thought is no text.
    name: 'think-tags',
    isNeeded: ({ from, to, traits }) =>
      to === 'chat' && from !== 'chat' && traits.thinkTags !== undefined && traits.thinkTags !== false,
    mend(prompt, { traits, hearThoughts, undo }) {
      const thinking = { isOpen: traits.thinkTags === 'opened', tell: hearThoughts }
      undo({ reply: (reply) => partThinking(reply, thinking), events: () => partThinkingEvents(thinking) })
      return prompt
    },
  },
]

/** Messages has a block for what is asked of a provider's tool and one for what it said, Responses one item for both. */
function isBetweenItemsAndBlocks({ from, to }: Way): boolean {
  return (from === 'messages' && to === 'responses') || (from === 'responses' && to === 'messages')
}

/** The way back by a machine that replaces items. A whole answer goes through it as the events that it would have come in. */
function byEvents(create: () => Machine<ReplyEvent, ReplyEvent>): WayBack {
  return {
    reply(reply) {
      if (!reply.parts.some(({ kind }) => kind === 'native')) return reply
      const machine = create()
      return foldEvents(unfoldReply(reply).flatMap((event) => machine.push(event)))
    },
    events: create,
  }
}
