import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from './crossed-answers.test-support.ts'

const item = { type: 'compaction', id: 'cmp_1', encrypted_content: 'ZW5j' }
const response = { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [item] }

describe('a compacted history for a client of Chat Completions', () => {
  it('is reported, and its seal does not pass for that of a thought', () => {
    const whole = crossAnswer('responses', 'chat', response)
    const streamed = crossStream('responses', 'chat', [
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response },
    ])
    for (const { answer, losses } of [whole, streamed]) {
      expect(JSON.stringify(answer)).not.toContain('ZW5j')
      expect(losses).toHaveLength(1)
    }
  })
})
