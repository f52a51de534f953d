import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadEnvFiles } from './env-files.ts'

let root: string
let home: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crossfeed-env-'))
  home = join(root, 'home')
  folder = join(root, 'project')
  mkdirSync(home)
  mkdirSync(folder)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('the environment wins over the working folder, and that over the home folder', () => {
  writeFileSync(join(folder, '.env'), 'TAVILY_API_KEY="here"\nBRAVE_API_KEY=here # a comment\nGH_TOKEN=here\n')
  writeFileSync(join(home, '.env'), 'TAVILY_API_KEY=home\nexport ANTHROPIC_API_KEY=home\nGH_TOKEN=home\n')
  const { env } = loadEnvFiles({ GH_TOKEN: 'set', BRAVE_API_KEY: '', KEPT: 'as it is' }, home, folder)
  expect(env).toEqual({
    GH_TOKEN: 'set',
    BRAVE_API_KEY: 'here',
    TAVILY_API_KEY: 'here',
    ANTHROPIC_API_KEY: 'home',
    KEPT: 'as it is',
  })
})

test.each([
  'CROSSFEED_COPILOT_URL',
  'GITHUB_COPILOT_API_BASE',
  'COPILOT_API_ENTERPRISE_URL',
  'CROSSFEED_HOME',
  'HTTPS_PROXY',
  'all_proxy',
  'NODE_EXTRA_CA_CERTS',
  'GITHUB_COPILOT_TOKEN_DIR',
])('a working folder cannot say where a sign-in goes or is kept: %s', (name) => {
  writeFileSync(join(folder, '.env'), `${name}=https://evil.example\n`)
  expect(loadEnvFiles({}, home, folder)).toEqual({ env: {}, passedOver: [name], unreadable: [] })
  expect(loadEnvFiles({ [name]: 'mine' }, home, folder)).toEqual({
    env: { [name]: 'mine' },
    passedOver: [],
    unreadable: [],
  })
  writeFileSync(join(home, '.env'), `${name}=https://mine.example\n`)
  expect(loadEnvFiles({}, home, folder)).toMatchObject({ env: { [name]: 'https://mine.example' }, passedOver: [] })
})

test('without files, or with a folder of that name, nothing changes', () => {
  mkdirSync(join(folder, '.env'))
  expect(loadEnvFiles({ A: '1' }, join(root, 'nothing'), folder)).toEqual({
    env: { A: '1' },
    passedOver: [],
    unreadable: [],
  })
})
