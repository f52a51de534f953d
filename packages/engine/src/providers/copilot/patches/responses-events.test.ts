import type { JsonObject } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { eventPatches } from './events.ts'
import { models, targetOf } from './target.test-support.ts'

function run(
  name: string,
  events: readonly JsonObject[],
): { readonly out: readonly JsonObject[]; readonly wanted: number } {
  const patch = eventPatches.find((one) => one.name === name)
  const mender = patch?.start(targetOf(models.gpt52, 'responses'), {}, {})
  let wanted = 0
  const out = events.flatMap((data) => {
    const type = String(data['type'])
    if (!mender?.wants(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)) return [data]
    wanted++
    return mender.mend({ event: type, data }).map((event) => {
      expect(event.event).toBe(type)
      return event.data as JsonObject
    })
  })
  return { out, wanted }
}

/** A stream whose ids come from `id`, asked anew for every event. */
function stream(id: (prefix: string) => string): readonly JsonObject[] {
  const item = (type: string, prefix: string): JsonObject => ({ type, id: id(prefix) })
  return [
    { type: 'response.created', sequence_number: 0, response: { id: id('resp'), output: [], output_text: null } },
    { type: 'response.in_progress', sequence_number: 1, response: { id: id('resp'), output: [], output_text: null } },
    { type: 'response.output_item.added', output_index: 0, item: item('reasoning', 'rs') },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, item_id: id('rs'), delta: 'a' },
    { type: 'response.output_item.done', output_index: 0, item: item('reasoning', 'rs') },
    { type: 'response.output_item.added', output_index: 1, item: item('function_call', 'fc') },
    {
      type: 'response.function_call_arguments.delta',
      output_index: 1,
      item_id: id('fc'),
      delta: '{',
      obfuscation: 'x',
    },
    { type: 'response.output_item.done', output_index: 1, item: { ...item('function_call', 'fc'), call_id: 'c' } },
    {
      type: 'response.output_text.delta',
      output_index: 2,
      content_index: 0,
      item_id: id('msg'),
      delta: 'never announced',
    },
    {
      type: 'response.completed',
      response: { id: id('resp'), output: [item('reasoning', 'rs'), item('function_call', 'fc')], output_text: null },
    },
  ]
}

/** The distinct ids of the answer and of each item. */
function ids(events: readonly JsonObject[]): readonly string[] {
  const found = new Set<string>()
  JSON.stringify(events, (key, value) => {
    if (key === 'id' || key === 'item_id') found.add(String(value))
    return value
  })
  return [...found].sort()
}

describe('responses streams', () => {
  it('Q22: have one id for each item and for the answer, whatever they came with', () => {
    let count = 0
    const { out, wanted } = run(
      'responses-stable-ids',
      stream(() => `${'Zx+/'.repeat(80)}${count++}=`),
    )
    expect(wanted).toBe(10)
    expect(ids(out)).toEqual([
      expect.stringMatching(/^fc_[0-9a-f]{32}0001$/),
      expect.stringMatching(/^msg_[0-9a-f]{32}0002$/),
      expect.stringMatching(/^resp_[0-9a-f]{32}$/),
      expect.stringMatching(/^rs_[0-9a-f]{32}0000$/),
    ])
    expect(JSON.stringify(out)).not.toContain('output_text":null')
    expect(out[6]).toMatchObject({ delta: '{', obfuscation: 'x' })
    expect(out[7]).toMatchObject({ item: { call_id: 'c' } })
  })

  it('Q22: items that change under a regular answer are caught too', () => {
    let count = 0
    const { out } = run(
      'responses-stable-ids',
      stream((prefix) => (prefix === 'resp' ? 'resp_1' : `a/${count++}`)),
    )
    expect(ids(out).filter((id) => id.startsWith('resp_'))).toEqual(['resp_1'])
    expect(ids(out).some((id) => id.startsWith('a/'))).toBe(false)
  })

  it('with regular ids are left alone, but for the null', () => {
    const regular = stream((prefix) => `${prefix}_1`)
    const { out } = run('responses-stable-ids', regular)
    expect(ids(out)).toEqual(ids(regular))
    const clean = JSON.parse(JSON.stringify(regular).replaceAll(',"output_text":null', '')) as readonly JsonObject[]
    expect(run('responses-stable-ids', clean)).toEqual({ out: clean, wanted: 2 })
  })
})

describe('messages streams', () => {
  it('Q35: lose a stray [DONE], and nothing else', () => {
    const mender = eventPatches
      .find((one) => one.protocol === 'messages')
      ?.start(targetOf(models.sonnet45, 'messages'), {}, {})
    expect(mender?.wants('data: [DONE]\n\n')).toBe(true)
    expect(mender?.mend({ data: '[DONE]' })).toEqual([])
    expect(mender?.mend({ data: { text: '[DONE]' } })).toEqual([{ data: { text: '[DONE]' } }])
    expect(mender?.wants('event: content_block_delta\ndata: {"type":"content_block_delta","index":0}\n\n')).toBe(false)
  })
})
