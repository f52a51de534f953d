import type { JsonObject } from '@crossfeed/protocols'
import { expect, test } from 'vitest'
import { silentLog, type LogLine } from '../ports.ts'
import { protocols } from './protocols.ts'
import { startTrial } from './trial.test-support.ts'

test('a fault of our own is a 500 that says so, and its place is in the log', async () => {
  const lines: string[] = []
  const error = (line: LogLine): void => void lines.push(typeof line === 'string' ? line : line())
  const trial = await startTrial({ log: { ...silentLog, error } })
  const body: JsonObject = {
    model: 'only-messages',
    get messages(): never {
      throw new TypeError('boom')
    },
  }
  const text = await new Promise<string>((resolve) => {
    trial.engine.run(
      {
        protocol: protocols.chat,
        body,
        raw: Buffer.from('{}'),
        headers: {},
        path: '/v1/chat/completions',
        requestId: 'r7',
      },
      { begin: (status) => expect(status).toBe(500), write: () => true, end: (bytes) => resolve(String(bytes)) },
    )
  })
  await trial.close()
  expect(JSON.parse(text)).toMatchObject({ error: { message: 'Crossfeed failed; this is a fault of its own.' } })
  expect(lines).toEqual([expect.stringMatching(/^r7 TypeError: boom\n\s+at .*log-fault\.test\.ts/)])
})
