import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelCalls, startStage } from '../stage.ts'
import { claude, gemini, gpt } from '../supplies.ts'
import { said } from './codex.ts'
import { runAgent } from './run-agent.ts'
import { useWorkplace } from './workplace.ts'

// Codex leaves compaction to the server where its provider is OpenAI by name: it sends the history with a `compaction_trigger`
// and fails for good unless exactly one compaction comes back.

const place = useWorkplace(() => startStage())

test.each([gpt, claude, gemini])('Codex compacts on $name and goes on from the summary', async ({ model }) => {
  place.desk.put(
    '.codex/config.toml',
    `model_provider = "gw"
model_auto_compact_token_limit = 2000
[model_providers.gw]
name = "OpenAI"
base_url = "${place.stage.url}/v1"
env_key = "GW_KEY"
wire_api = "responses"
[analytics]
enabled = false
`,
  )
  place.stage.emulator.play([
    { toolCalls: [{ name: 'exec_command', arguments: { cmd: 'cat note.txt' } }], usage: { input: 90_000, output: 20 } },
    { text: 'The kettle was found to be blue.', usage: { input: 90_000, output: 20 } },
    { text: 'Blue it is.', usage: { input: 500, output: 20 } },
  ])
  const fixed = ['exec', '--skip-git-repo-check', '--json', '-m', model, '--sandbox', 'danger-full-access']
  const env = { CODEX_HOME: join(place.desk.home, '.codex'), GW_KEY: 'any' }
  const result = await runAgent('codex', place.desk, [...fixed, 'Which colour has the kettle?'], env)
  expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
    code: 0,
    text: 'Blue it is.',
  })
  const accepted = modelCalls(place.stage).filter(({ status }) => status === 200)
  expect(accepted).toHaveLength(3)
  expect(accepted.map(({ headers }) => headers['x-initiator'])).toEqual(['user', 'agent', 'agent'])
  const last = JSON.stringify(accepted[2]?.body)
  expect(last).toContain('The kettle was found to be blue.')
  expect(last).not.toContain('xfs1~')
})
