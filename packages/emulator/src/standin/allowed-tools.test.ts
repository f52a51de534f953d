import { expect, it } from 'vitest'
import { readAllowedTools } from './allowed-tools.ts'
import type { DeclaredTool } from './conversation.ts'

const tools: readonly DeclaredTool[] = [
  { name: 'look', schema: {} },
  { name: 'exec', schema: {}, custom: true },
  { name: 'wait', schema: {} },
]

it('of the tools those are left that a choice of Chat Completions allows', () => {
  const allowed = [
    { type: 'function', function: { name: 'wait' } },
    { type: 'custom', custom: { name: 'exec' } },
  ]
  const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: allowed } }
  expect(readAllowedTools(choice, tools)).toEqual({ tools: [tools[1], tools[2]], choice: 'required' })
})

it('of the tools those are left that a choice of Responses allows', () => {
  const choice = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'wait' }] }
  expect(readAllowedTools(choice, tools)).toEqual({ tools: [tools[2]], choice: 'auto' })
})

it.each(['required', undefined, { type: 'function', name: 'look' }])('%j allows no tools in particular', (choice) => {
  expect(readAllowedTools(choice, tools)).toBeUndefined()
})
