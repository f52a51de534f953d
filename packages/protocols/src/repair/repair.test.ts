import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Tool, Turn } from '../core/prompt.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { unwrapSeal, wrapSeal } from '../core/seal.ts'
import { plainTraits } from '../core/traits.ts'
import { distinctCallIds, mendCallIds } from './call-ids.ts'
import { beginWithUser, endWithUser } from './speakers.ts'
import { keepOwnSeals } from './own-seals.ts'
import { pairTools } from './pair-tools.ts'
import { raiseEvents, raiseReply } from './raise-tools.ts'
import { lowerTools } from './tool-names.ts'
import { shortenUser } from './user-id.ts'

const text = (words: string): Part => ({ kind: 'text', text: words })
const call = (id: string, name = 'read'): Part => ({ kind: 'tool-call', id, name, input: '{}', form: 'json' })
const result = (id: string, words = 'done'): Part => ({
  kind: 'tool-result',
  id,
  content: [text(words)],
  failed: false,
  form: 'json',
})
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts })
const user = (...parts: Part[]): Turn => ({ role: 'user', parts })
const prompt = (turns: Turn[], tools: Tool[] = []): Prompt => ({
  model: 'm',
  turns,
  tools,
  sampling: {},
  stream: false,
})
const tool = (name: string, namespace?: string): Tool => ({
  kind: 'function',
  name,
  schema: { type: 'object' },
  ...(namespace ? { namespace } : {}),
})

/** What every target demands: calls answered in the next user turns, answers only to open calls. */
function isPaired(turns: readonly Turn[]): boolean {
  let open = new Set<string>()
  let inUser = false
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      if (inUser && open.size > 0) return false
      if (inUser) open = new Set()
      inUser = false
      for (const part of turn.parts) if (part.kind === 'tool-call') open.add(part.id)
    }
    if (turn.role === 'user') {
      inUser = true
      for (const part of turn.parts) if (part.kind === 'tool-result' && !open.delete(part.id)) return false
    }
  }
  return open.size === 0
}

describe('pairTools', () => {
  test('a paired history stays as it is', () => {
    const turns = [user(text('hi')), assistant(call('a'), call('b')), user(result('a'), result('b'), text('go on'))]
    const losses: Loss[] = []
    expect(pairTools(prompt(turns), (loss) => losses.push(loss)).turns).toEqual(turns)
    expect(losses).toEqual([])
  })

  test('a second answer between calls and their answers comes behind them', () => {
    const asked = [user(text('hi')), assistant(call('a'), call('b'))]
    const twice = [user(result('a', '1')), user(result('a', '2')), user(result('b'))]
    const { turns } = pairTools(prompt([...asked, ...twice]), () => {})
    expect(turns.map(({ parts }) => parts.map(({ kind }) => kind))).toEqual([
      ['text'],
      ['tool-call', 'tool-call'],
      ['tool-result'],
      ['tool-result'],
      ['text'],
    ])
  })

  test('a word of the system between calls and their answers comes behind them', () => {
    const word: Turn = { role: 'system', level: 'developer', parts: [text('Be quick.')] }
    const asked = [user(text('hi')), assistant(call('a'), call('b'))]
    const losses: Loss[] = []
    const given = prompt([...asked, word, user(result('b')), word, user(result('a'), text('go on'))])
    expect(pairTools(given, (loss) => losses.push(loss)).turns).toEqual([
      ...asked,
      user(result('a'), result('b')),
      word,
      word,
      user(text('go on')),
    ])
    expect(losses).toEqual([])
  })

  test('what answers a call that the server has kept stays an answer', () => {
    const turns = [user(result('a'))]
    const untold = (loss: Loss): void => expect(loss).toBeUndefined()
    for (const state of [{ previous_response_id: 'resp_1' }, { conversation: { id: 'conv_1' } }])
      expect(pairTools({ ...prompt(turns), extras: { responses: state } }, untold).turns).toEqual(turns)
    const reference: Part = { kind: 'native', protocol: 'responses', value: { id: 'fc_1' } }
    const referring = [user(reference), ...turns]
    expect(pairTools(prompt(referring), untold).turns).toEqual(referring)
  })

  test('a missing result is stated, an orphan becomes text, a late one moves up', () => {
    const losses: Loss[] = []
    const turns = [
      assistant(call('a'), call('b')),
      user(text('well?')),
      assistant(text('…')),
      user(result('b', 'late'), result('x', 'orphan')),
    ]
    const mended = pairTools(prompt(turns), (loss) => losses.push(loss)).turns
    expect(isPaired(mended)).toBe(true)
    expect(JSON.stringify(mended)).toContain('late')
    expect(JSON.stringify(mended)).toContain('orphan')
    expect(losses.map((loss) => loss.path)).toEqual(['tool call a', 'tool result x'])
  })

  test('whatever is cut out of a history, what is left is paired', () => {
    const ids = ['a', 'b', 'c', 'd']
    const part = fc.oneof(
      fc.constantFrom(...ids).map((id) => call(id)),
      fc.constant(text('t')),
    )
    const answer = fc.oneof(
      fc.constantFrom(...ids).map((id) => result(id)),
      fc.constant(text('t')),
    )
    const turn = fc.oneof(
      fc
        .uniqueArray(part, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) })
        .map((parts) => assistant(...parts)),
      fc.array(answer, { minLength: 1, maxLength: 3 }).map((parts) => user(...parts)),
    )
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 8 }), (turns) => {
        const calls = turns.flatMap((one) => one.parts.filter((p) => p.kind === 'tool-call').map((p) => p.id))
        fc.pre(new Set(calls).size === calls.length)
        expect(isPaired(pairTools(prompt(turns), () => {}).turns)).toBe(true)
      }),
    )
  })
})

describe('lowerTools', () => {
  const flat = { ...plainTraits, namespaces: false, customTools: false }

  test('names within the limits are not touched', () => {
    const given = prompt([assistant(call('a'))], [tool('read')])
    expect(lowerTools(given, flat, 'chat').prompt).toBe(given)
  })

  test('a namespace member gets a flat name, in tools, history and choice, and comes back', () => {
    const member: Part = { kind: 'tool-call', id: 'a', name: 'send', namespace: 'mail', input: '{}', form: 'json' }
    const given: Prompt = {
      ...prompt([assistant(member)], [{ kind: 'namespace', name: 'mail' }, tool('send', 'mail'), tool('send')]),
      toolChoice: { mode: 'tool', name: 'send', namespace: 'mail', form: 'json' },
    }
    const { prompt: lowered, names } = lowerTools(given, flat, 'chat')
    expect(lowered.tools.map((one) => ('name' in one ? one.name : ''))).toEqual(['mail__send', 'send'])
    expect(lowered.toolChoice).toEqual({ mode: 'tool', name: 'mail__send', form: 'json' })
    const reply: Reply = {
      id: 'r',
      model: 'm',
      parts: [{ kind: 'tool-call', id: 'b', name: 'mail__send', input: '{"x":1}', form: 'json' }],
      finish: 'tool-calls',
      usage: { input: 1, output: 1 },
    }
    expect(raiseReply(reply, names).parts[0]).toMatchObject({ name: 'send', namespace: 'mail', input: '{"x":1}' })
  })

  test('a name of 77 characters gets a short one that is the same on every turn', () => {
    const long = 'x'.repeat(77)
    const first = lowerTools(prompt([], [tool(long)]), flat, 'chat')
    const second = lowerTools(prompt([], [tool('other'), tool(long)]), flat, 'chat')
    const [name] = [...first.names.keys()]
    expect(name?.length).toBeLessThanOrEqual(64)
    expect([...second.names.keys()]).toEqual([name])
    expect(first.names.get(name ?? '')?.name).toBe(long)
  })

  test('a free-text tool becomes a function of one string, and its stream comes back as text', () => {
    const given = prompt(
      [assistant({ kind: 'tool-call', id: 'a', name: 'patch', input: 'raw "text"', form: 'text' })],
      [{ kind: 'custom', name: 'patch' }],
    )
    const { prompt: lowered, names } = lowerTools(given, flat, 'chat')
    expect(lowered.turns[0]?.parts[0]).toMatchObject({ form: 'json', input: '{"input":"raw \\"text\\""}' })
    const reply: Reply = {
      id: 'r',
      model: 'm',
      parts: [{ kind: 'tool-call', id: 'b', name: 'patch', input: '{"input":"*** Begin"}', form: 'json' }],
      finish: 'tool-calls',
      usage: { input: 1, output: 1 },
    }
    const machine = raiseEvents(names)
    const events = unfoldReply(reply).flatMap((event) => machine.push(event))
    expect(events.filter((event) => event.type === 'part-delta')).toEqual([
      { type: 'part-delta', index: 0, text: '*** Begin' },
    ])
    expect(foldEvents(events).parts[0]).toMatchObject({ name: 'patch', form: 'text', input: '*** Begin' })
  })

  test('two tools that would get the same name stay apart', () => {
    const { names } = lowerTools(prompt([], [tool('a.b'), tool('a b'), tool('a_b')]), flat, 'chat')
    expect(new Set(names.keys()).size).toBe(2)
    expect([...names.keys()]).not.toContain('a_b')
  })
})

describe('seals', () => {
  test('an envelope gives back exactly what was wrapped', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string({ minLength: 1 }),
        fc.constantFrom('chat', 'responses', 'messages'),
        (issuer, data, id, protocol) => {
          const seal = { issuer, protocol, id, data } as const
          expect(unwrapSeal(wrapSeal(seal), 'chat')).toEqual(seal)
        },
      ),
    )
  })

  test('only the issuer gets its seals; others keep the readable text', () => {
    const reasoning = (issuer: string): Part => ({
      kind: 'reasoning',
      text: 'because',
      form: 'full',
      seal: { issuer, protocol: 'messages', data: 's' },
    })
    const redacted: Part = {
      kind: 'reasoning',
      text: '',
      form: 'redacted',
      seal: { issuer: 'other', protocol: 'messages', data: 's' },
    }
    const kept = keepOwnSeals(
      prompt([assistant(reasoning('own'), reasoning('other'), redacted)]),
      'own',
      'messages',
      () => {},
    )
    expect(kept.turns[0]?.parts).toEqual([reasoning('own'), { kind: 'reasoning', text: 'because', form: 'full' }])
  })
})

test('call ids outside the target form are replaced alike in call and result', () => {
  const mended = mendCallIds(prompt([assistant(call('fc:1/ä')), user(result('fc:1/ä'))]), 'messages')
  const ids = mended.turns.flatMap((turn) => turn.parts.map((part) => ('id' in part ? part.id : '')))
  expect(ids[0]).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
  expect(ids[0]).toBe(ids[1])
})

test('a conversation that ends with the assistant gets a user turn where the target wants one', () => {
  const given = prompt([user(text('hi')), assistant(text('half'))])
  expect(endWithUser(given, plainTraits, 'messages', () => {})).toBe(given)
  const strict = { ...plainTraits, prefill: false }
  expect(endWithUser(given, strict, 'messages', () => {}).turns.at(-1)?.role).toBe('user')
  const item: Part = { kind: 'native', protocol: 'responses', value: { type: 'additional_tools', tools: [] } }
  const withItem = prompt([...given.turns, user(item)])
  expect(endWithUser(withItem, strict, 'messages', () => {}).turns.at(-1)?.parts).toEqual([text('Please continue.')])
})

test('a conversation that the assistant begins gets a user turn before it, for Messages', () => {
  const given = prompt([{ role: 'system', parts: [text('Be kind.')] }, assistant(text('Hello!')), user(text('hi'))])
  expect(beginWithUser(given, 'chat', () => {})).toBe(given)
  const roles = beginWithUser(given, 'messages', () => {}).turns.map((turn) => turn.role)
  expect(roles).toEqual(['system', 'user', 'assistant', 'user'])
})

test('turns that Messages is sent nothing of neither begin nor end a conversation', () => {
  const given = prompt([user(text(' ')), assistant(text('Hello!')), user(), user(text('\n'))])
  const begun = beginWithUser(given, 'messages', () => {})
  expect(begun.turns[1]).toEqual(user(text('Please begin.')))
  const ended = endWithUser(given, { ...plainTraits, prefill: false }, 'messages', () => {})
  expect(ended.turns.at(-1)?.parts).toEqual([text('Please continue.')])
})

test('a user id becomes a hash beyond 64 characters for OpenAI, beyond 256 for Messages', () => {
  const given: Prompt = { ...prompt([]), user: '{"device_id":"d","session_id":"s"}'.repeat(4) }
  const short = shortenUser(given, 'responses').user ?? ''
  expect(short).toMatch(/^[0-9a-f]{32}$/)
  expect(shortenUser(given, 'chat').user).toBe(short)
  expect(shortenUser(given, 'messages')).toBe(given)
  expect(shortenUser({ ...given, user: 'u'.repeat(257) }, 'messages').user).toMatch(/^[0-9a-f]{32}$/)
})

describe('ids of calls that servers count anew in every answer', () => {
  const ids = (turns: readonly Turn[]): readonly string[] =>
    turns.flatMap((turn) => turn.parts.flatMap((part) => ('id' in part ? [part.id] : [])))

  test('are told apart, and each result goes with its own', () => {
    const turns = [
      assistant(call('call_0')),
      user(result('call_0', 'one')),
      assistant(call('call_0'), call('call_0')),
      user(result('call_0', 'two'), result('call_0', 'three')),
    ]
    const lost: Loss[] = []
    const paired = pairTools(prompt(turns), (loss) => lost.push(loss)).turns
    const [first, second, third] = ids(paired.filter((turn) => turn.role === 'assistant'))
    expect(first).toBe('call_0')
    expect(new Set([first, second, third]).size).toBe(3)
    expect(ids(paired)).toEqual([first, first, second, third, second, third])
    expect(lost).toEqual([])
  })

  test('stay what they were as the conversation grows', () => {
    const round = [assistant(call('a')), user(result('a'))]
    const long = distinctCallIds(prompt([...round, ...round, ...round])).turns
    expect(distinctCallIds(prompt([...round, ...round])).turns).toEqual(long.slice(0, 4))
  })

  test('of a call that was never answered take no answer of a later one', () => {
    const turns = [assistant(call('a')), user(text('stop')), assistant(call('a')), user(result('a', 'late'))]
    const paired = pairTools(prompt(turns), () => {}).turns
    const [first, answer, second, last] = ids(paired)
    expect([answer, last]).toEqual([first, second])
    expect(JSON.stringify(paired[1])).toContain('was not answered')
  })
})
