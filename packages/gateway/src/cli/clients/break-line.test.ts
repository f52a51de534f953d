import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { breakLine } from './break-line.ts'
import { agents, clientSettings } from './client-settings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crossfeed-lines-'))
  for (const { command } of agents) {
    const path = join(folder, command)
    writeFileSync(path, `#!/bin/sh\nenv\nprintf '%s\\n' "$@"\n`)
    chmodSync(path, 0o755)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the line's program is told: variables and arguments, JSON without the blanks between its members. */
function told(line: string): readonly string[] {
  const env = { PATH: `${folder}${delimiter}${process.env['PATH']}` }
  const { stdout, stderr } = spawnSync('sh', ['-c', line.startsWith('export') ? `${line}\nenv` : line], {
    encoding: 'utf8',
    env,
  })
  expect(stderr).toBe('')
  return stdout
    .replaceAll(/(?<=[,{])\s+/g, '')
    .split('\n')
    .toSorted()
}

const settings = clientSettings({ url: 'http://127.0.0.1:1', key: 'k' }, [{ id: 'claude-opus-4.6' }], 'sh')

test.each(settings)('the line of $client, broken for a narrow window, says the same to a shell', ({ words }) => {
  const broken = breakLine(words, { width: 80, indent: 15 })
  for (const line of `${' '.repeat(15)}${broken}`.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(told(broken)).toEqual(told(words.join(' ')))
  expect(told(broken).join()).toContain('http://127.0.0.1:1')
})

test('a line that fits is left whole', () => {
  expect(breakLine(['a', 'b'], { width: 18, indent: 15 })).toBe('a b')
})
