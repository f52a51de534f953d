import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isObject, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { QuirkName } from '../quirks.ts'
import { withTrial } from '../trial.test-support.ts'
import type { Trial } from '../trial.test-support.ts'
import { createFrameReader, writeFrame } from './frames.ts'

/** Sends frames one after the other; gives the events of each answer and how the socket ended. */
async function talk(
  trial: Trial,
  ...frames: ((before: readonly JsonObject[]) => object)[]
): Promise<{ answers: JsonObject[][]; code: number }> {
  const socket = new WebSocket(`${trial.url.replace('http', 'ws')}/responses`, {
    headers: { authorization: 'Bearer gho_ws' },
  })
  const answers: JsonObject[][] = []
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
  const next = (): void => {
    const frame = frames[answers.length]
    if (frame === undefined) return socket.close(1000)
    const before = answers.at(-1) ?? []
    answers.push([])
    socket.send(JSON.stringify({ type: 'response.create', initiator: 'user', model: 'gpt-5.2', ...frame(before) }))
  }
  socket.addEventListener('open', next)
  socket.addEventListener('error', () => undefined)
  socket.addEventListener('message', ({ data }) => {
    const event: unknown = JSON.parse(String(data))
    if (!isObject(event)) return
    answers.at(-1)?.push(event)
    if (/^(error|response\.(completed|failed|incomplete))$/.test(stringOf(event['type']))) next()
  })
  return { answers, code: await closed }
}

const idOf = (events: readonly JsonObject[]): string => {
  const response = events.at(-1)?.['response']
  return isObject(response) ? stringOf(response['id']) : ''
}
const tools = [{ type: 'function', name: 'read', parameters: { type: 'object', properties: {} } }]

describe('responses on a WebSocket', () => {
  test('goes on from the last answer of the same socket, and records frames', async () => {
    await withTrial({}, async (trial) => {
      const { answers, code } = await talk(
        trial,
        () => ({ input: 'call tool read', tools, include: ['reasoning.encrypted_content'] }),
        (before) => {
          const response = before.at(-1)?.['response']
          const call = objectsOf(isObject(response) ? response['output'] : []).find(
            ({ type }) => type === 'function_call',
          )
          return {
            previous_response_id: idOf(before),
            tools,
            input: [{ type: 'function_call_output', call_id: call?.['call_id'], output: 'the text' }],
          }
        },
        () => ({ previous_response_id: 'resp_lost', input: 'x' }),
      )
      expect(code).toBe(1000)
      expect(answers[0]?.[0]).toMatchObject({ type: 'response.created' })
      expect(JSON.stringify(answers[1]?.at(-1))).toContain('The tool read answered: the text')
      expect(answers[2]).toMatchObject([{ type: 'error', error: { code: 'previous_response_not_found' } }])
      expect(trial.emulator.requests()).toMatchObject([
        { status: 101 },
        { method: 'WS', finished: true, body: { initiator: 'user' } },
        {},
        {},
      ])
    })
  })

  test('accepts the frame of the official client', async () => {
    const text = readFileSync(new URL('../../fixtures/copilot-cli-socket/native-frame.json', import.meta.url), 'utf8')
    const frame: unknown = JSON.parse(text)
    await withTrial({}, async (trial) => {
      const { answers } = await talk(trial, () => (isObject(frame) ? frame : {}))
      expect(answers[0]?.at(-1)).toMatchObject({
        type: 'response.completed',
        response: { output: [{}, { name: 'view' }] },
      })
    })
  })

  test('refuses the upgrade of strangers', async () => {
    await withTrial({ githubTokens: ['gho_other'] }, async (trial) => {
      expect((await talk(trial, () => ({ input: 'a' }))).answers).toEqual([])
      // The client tries again by itself.
      expect(new Set(trial.emulator.requests().map(({ status }) => status))).toEqual(new Set([401]))
    })
  })

  test('notices a client that goes away in the middle', async () => {
    const scenario = [{ text: 'a b', delay: { silence: { afterEvents: 3, ms: 60_000 } } }]
    await withTrial({ scenario }, async (trial) => {
      const socket = new WebSocket(`${trial.url.replace('http', 'ws')}/responses`, {
        headers: { authorization: 'Bearer gho_ws' },
      })
      socket.addEventListener('open', () =>
        socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-5.2', input: 'a' })),
      )
      await new Promise((resolve) => socket.addEventListener('message', resolve))
      socket.close()
      await expect
        .poll(() => trial.emulator.requests()[1])
        .toMatchObject({ method: 'WS', aborted: true, finished: false })
    })
  })

  const ends: readonly (readonly [QuirkName, number, number | undefined])[] = [
    ['ws-refused', 1006, undefined],
    ['ws-dropped-at-start', 1006, 0],
    ['ws-close-1001', 1001, 0],
    ['ws-close-1011', 1011, 0],
    ['ws-close-1012', 1012, 0],
    ['ws-close-1013', 1013, 0],
  ]
  test.each(ends)('%s', async (name, code, events) => {
    await withTrial({ quirks: { [name]: true } }, async (trial) => {
      const ended = await talk(trial, () => ({ input: 'a' }))
      expect([ended.code, ended.answers[0]?.length]).toEqual([code, events])
      trial.emulator.setQuirks({ [name]: false })
      expect((await talk(trial, () => ({ input: 'a' }))).code).toBe(1000)
    })
  })

  test('ws-dropped-mid-answer', async () => {
    await withTrial({ quirks: { 'ws-dropped-mid-answer': true } }, async (trial) => {
      const { answers, code } = await talk(trial, () => ({ input: 'a' }))
      expect(code).toBe(1006)
      expect(answers[0]?.length).toBeGreaterThan(2)
      expect(answers[0]?.at(-1)).not.toMatchObject({ type: 'response.completed' })
    })
  })

  test('ws-quota-snapshots', async () => {
    await withTrial({}, async (trial) => {
      const last = async () => (await talk(trial, () => ({ input: 'a' }))).answers[0]?.at(-1)
      expect(await last()).toMatchObject({ copilot_quota_snapshots: { premium_interactions: { entitlement: '7000' } } })
      trial.emulator.setQuirks({ 'ws-quota-snapshots': false })
      expect(await last()).not.toHaveProperty('copilot_quota_snapshots')
    })
  })
})

test('frames of every length are read from bytes cut anywhere', () => {
  for (const length of [0, 125, 126, 65_535, 65_536]) {
    const text = 'x'.repeat(length)
    const frame = writeFrame('text', Buffer.from(text))
    // The mask of a client; zeros leave the payload as it is.
    const headLength = frame.length - length
    const head = Buffer.from(frame.subarray(0, headLength))
    head[1] = (head[1] ?? 0) | 0x80
    const masked = Buffer.concat([head, Buffer.alloc(4), frame.subarray(headLength)])
    const read = createFrameReader()
    const cut = Math.ceil(masked.length / 3)
    const found = [masked.subarray(0, 1), masked.subarray(1, cut), masked.subarray(cut)].flatMap((piece) => [
      ...read(piece),
    ])
    expect(found).toEqual([{ type: 'text', text }])
  }
  expect(createFrameReader()(writeFrame('text', Buffer.from('a')))).toMatchObject([{ type: 'invalid' }])
})
