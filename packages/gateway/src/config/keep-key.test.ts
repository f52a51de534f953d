import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadEnvFiles } from './env-files.ts'
import { keepKey, variableFor } from './keep-key.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'crossfeed-keep-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test.each(['sk-plain', 'with # and = and $HOME', "it's", 'both \' and "', 'line\\nend'])(
  'the key %s is read by the next start as it was typed',
  (key) => {
    keepKey(home, 'CROSSFEED_KEY_MINE', key)
    expect(loadEnvFiles({}, home, join(home, 'elsewhere')).env['CROSSFEED_KEY_MINE']).toBe(key)
  },
)

test('a key that is given anew takes the place of the old one, and other lines stay', () => {
  const file = join(home, '.env')
  writeFileSync(file, '# mine\nCROSSFEED_KEY_MINE=old\nCROSSFEED_KEY_MINE_TOO=stays\n')
  keepKey(home, 'CROSSFEED_KEY_MINE', 'new')
  expect(readFileSync(file, 'utf8')).toBe("# mine\nCROSSFEED_KEY_MINE_TOO=stays\nCROSSFEED_KEY_MINE='new'\n")
})

test('a key that such a file cannot hold is refused, and the file stays', () => {
  const file = join(home, '.env')
  writeFileSync(file, 'A=b\n')
  expect(() => keepKey(home, 'K', '\'"`')).toThrow('quotes of every kind')
  expect(readFileSync(file, 'utf8')).toBe('A=b\n')
})

test('no two names of providers share a variable', () => {
  const names = ['my-models', 'my_models', 'my.models', 'My-Models', 'my+models', 'my--models']
  expect(variableFor('my-models')).toBe('CROSSFEED_KEY_MY_MODELS')
  expect(new Set(names.map(variableFor)).size).toBe(names.length)
  for (const name of names) expect(`env:${variableFor(name)}`).toMatch(/^env:\w+$/)
})
