import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createMachine, type Machine } from './spawn.test-support.ts'

let machine: Machine
afterEach(() => machine.dispose())

test('auth import keeps two sign-ins of one app, and what was kept before', async () => {
  machine = createMachine()
  const kept = async (): Promise<unknown> => JSON.parse((await machine.run(['auth', 'status', '--json'])).out).kept
  const put = (path: string, text: string): void => {
    const file = join(machine.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const editors = {
    'github.com': { oauth_token: 'ghu_edit', user: 'one' },
    'github.com:Iv1.b507a08c87ecfe98': { oauth_token: 'ghu_two', user: 'two' },
  }
  put('config/github-copilot/apps.json', JSON.stringify(editors))
  put('data/copilot-api/github_token', 'ghu_first')
  const two = [{ app: 'copilot' }, { account: 'one', login: 'one' }, { account: 'two', login: 'two' }]
  for (const _again of [1, 2]) {
    const { out } = await machine.run(['auth', 'import', '--json'])
    expect(JSON.parse(out).imported).toMatchObject(two)
    expect(await kept()).toMatchObject(two)
  }
  put('data/copilot-api/github_token', 'ghu_another')
  await machine.run(['auth', 'import'])
  expect(await kept()).toHaveLength(4)
})
