import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createOutputLimiter } from './large-output.ts'

let folder = ''
afterEach(() => rm(folder, { recursive: true, force: true }))

test('results under one id keep a file each, also of sessions that share their folder', async () => {
  folder = await mkdtemp(join(tmpdir(), 'crossfeed-test-'))
  // A session that is taken up again begins anew, and so do the ids of some servers.
  for (const text of ['one', 'two']) {
    const { limit } = createOutputLimiter({ maxSizeBytes: 1, outputDirectory: folder })
    for (const nth of ['a', 'b']) await limit('call_0', { textResultForLlm: text + nth, resultType: 'success' })
  }
  const names = await readdir(folder)
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  expect(texts.toSorted()).toEqual(['onea', 'oneb', 'twoa', 'twob'])
})
