import { expect, test } from 'vitest'
import type { Message } from './deliver.ts'
import { createMessageQueue, type MessageQueue } from './message-queue.ts'
import type { RunOutcome } from './run.ts'

const message = (prompt: string): Message => ({ id: prompt, prompt, source: 'user', parts: [], attachments: [] })

/** A queue whose runs end when they are told to, each with the prompts that it has heard of as its error's message. */
function startQueue(): { queue: MessageQueue; runs: string[]; endRun: (heard: number) => void } {
  const runs: string[] = []
  let end: ((heard: number) => void) | undefined
  const queue = createMessageQueue({
    async run(first, _delivery, steering) {
      runs.push(first.prompt)
      const heard = await new Promise<number>((resolve) => (end = resolve))
      steering.splice(0, heard)
      return outcomeOf(first.prompt)
    },
    idle: async () => {},
    changed: () => {},
  })
  return { queue, runs, endRun: (heard) => end?.(heard) }
}

const outcomes = new Map<string, RunOutcome>()
function outcomeOf(prompt: string): RunOutcome {
  const outcome = outcomes.get(prompt) ?? { last: undefined, error: undefined, aborted: false }
  outcomes.set(prompt, outcome)
  return outcome
}

/** Lets all that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('messages sent into a run that has heard none of them get runs of their own, in their order, which answer them', async () => {
  const { queue, runs, endRun } = startQueue()
  const first = queue.add(message('first'), 'enqueue')
  const late = [queue.add(message('second'), 'immediate'), queue.add(message('third'), 'immediate')]
  for (let nth = 0; nth < 3; nth++) {
    endRun(0)
    await settle()
  }
  expect(runs).toEqual(['first', 'second', 'third'])
  expect(await first).toBe(outcomeOf('first'))
  expect(await Promise.all(late)).toEqual([outcomeOf('second'), outcomeOf('third')])
  expect(await late[0]).toBe(outcomeOf('second'))
})

test('a message that a run has heard of ends with that run', async () => {
  const { queue, runs, endRun } = startQueue()
  const first = queue.add(message('one'), 'enqueue')
  const heard = queue.add(message('two'), 'immediate')
  endRun(1)
  expect(await heard).toBe(await first)
  expect(runs).toEqual(['one'])
})

test('a queue that is closed turns away what its last run has not heard of', async () => {
  const { queue, endRun } = startQueue()
  const first = queue.add(message('a'), 'enqueue')
  const late = queue.add(message('b'), 'immediate').catch((error: unknown) => String(error))
  const closed = queue.close()
  endRun(0)
  await closed
  expect(await first).toBe(outcomeOf('a'))
  expect(await late).toContain('This session is disconnected.')
})
