import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands, globalFlags } from './commands.ts'
import { complete } from './complete.ts'
import { createProgram } from './parse.ts'
import { createMachine, type Machine } from './spawn.test-support.ts'

let machine: Machine
beforeAll(() => {
  machine = createMachine()
})
afterAll(() => machine.dispose())

async function offered(...typed: readonly string[]): Promise<readonly string[]> {
  const found = await complete(
    createProgram(() => {}),
    typed,
    async () => ['claude-opus-4.7', 'ollama/qwen3:8b'],
  )
  return found.kind === 'words' ? found.words.map(({ word }) => word) : [found.kind]
}

test('every command is offered, and every flag of each', async () => {
  for (const { name, flags } of commands) {
    const path = name.split(' ')
    expect(await offered(...path)).toContain(path.at(-1))
    const long = [...flags, ...globalFlags].map((flag) => /--[\w-]+/.exec(flag.flags)?.[0])
    expect((await offered(...path, '--')).toSorted(), name).toEqual([...long, '--help', '--version'].toSorted())
  }
})

test.each([
  [['st'], ['start']],
  [
    ['auth', 'log'],
    ['login', 'logout'],
  ],
  [['--home', '/x', 'conf'], ['config']],
  [['config', ''], ['check']],
  [
    ['route', 'explain', ''],
    ['claude-opus-4.7', 'ollama/qwen3:8b'],
  ],
  [['models', 'oll'], ['ollama/qwen3:8b']],
  [['models', 'opus', ''], []],
  [['start', '--account-type', 'b'], ['business']],
  [['start', '-a', 'b'], ['business']],
  [['route', 'explain', 'x', '--as=m'], ['--as=messages']],
  // As bash tells it.
  [['route', 'explain', 'x', '--as', '=', 'm'], ['messages']],
  [['auth', 'login', '--provider', 'deep'], ['deepseek']],
  [['auth', 'import', '--from', 'op'], ['opencode']],
  [['start', '--oauth-app', 'vs'], ['vscode']],
  [['start', '--port', ''], []],
  [['start', '--config', ''], ['file']],
  [['debug', '--home', 'x'], ['folder']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['start', '--nothing-such'], []],
])('%j goes on with %j', async (typed, words) => {
  expect(await offered(...typed)).toEqual(words)
})

test.each([
  [[], 'completion needs a shell'],
  [['bsh'], 'Words cannot be completed in bsh'],
])('completion %j says what is wrong', async (words, said) => {
  const { code, out, err } = await machine.run(['completion', ...words])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(said)
})

const bash = '/bin/bash'
const bin = fileURLToPath(new URL('../../bin/crossfeed.js', import.meta.url))

/** What bash offers for a line, as far as it was typed. */
function inBash(line: string): { readonly offered: readonly string[]; readonly err: string } {
  const folder = join(machine.folder, 'bin')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'crossfeed'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
  chmodSync(join(folder, 'crossfeed'), 0o700)
  const script = `eval "$(crossfeed completion bash)"
complete -p crossfeed
COMP_LINE=$1 COMP_POINT=\${#1}
_crossfeed
printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { ...machine.env, PATH: `${folder}:${dirname(bash)}:/usr/bin` }
  const { stdout, stderr } = spawnSync(bash, ['-c', script, 'bash', line], { env, encoding: 'utf8' })
  const [registered, ...words] = stdout.trimEnd().split('\n')
  expect(registered).toBe('complete -F _crossfeed crossfeed')
  return { offered: words.filter((word) => word !== ''), err: stderr }
}

test.runIf(existsSync(bash))(
  'bash completes words, flags, values, and names with signs that it takes for ends',
  async () => {
    expect(inBash('crossfeed auth ')).toEqual({ offered: ['login', 'logout', 'status', 'import'], err: '' })
    expect(inBash('crossfeed start --emu')).toEqual({ offered: ['--emulate'], err: '' })
    expect(inBash('crossfeed route explain --as=m').offered).toEqual(['messages'])
    expect(inBash('crossfeed models oll').offered).toEqual([])
    const gateway = machine.start(['start', '--emulate', '--port', '0'])
    await gateway.until('Anthropic SDK')
    expect(inBash('crossfeed models claude-opus').offered).toEqual(['claude-opus-4.6', 'claude-opus-4.7'])
    expect(inBash('crossfeed models ollama/qwen3:').offered).toEqual(['8b'])
    gateway.process.kill('SIGTERM')
    await gateway.ended
  },
)
