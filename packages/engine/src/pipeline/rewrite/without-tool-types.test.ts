import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { withoutToolTypes } from './without-tool-types.ts'

const look = { type: 'function', name: 'look' }
const search = { type: 'web_search' }
const dated = { type: 'web_search_20250305', name: 'web_search' }
const types = new Set(['web_search', 'web_search_20250305'])
const without = (body: JsonObject): JsonObject => withoutToolTypes(body, types, () => {})

it.each<[unknown, JsonObject, JsonObject | undefined]>([
  [search, search, undefined],
  [dated, { type: 'tool', name: 'web_search' }, undefined],
  [dated, { type: 'tool', name: 'look' }, { type: 'tool', name: 'look' }],
  [search, { type: 'allowed_tools', mode: 'required', tools: [search] }, undefined],
  [
    search,
    { type: 'allowed_tools', mode: 'auto', tools: [search, look] },
    { type: 'allowed_tools', mode: 'auto', tools: [look] },
  ],
])('no choice leads to a tool that is gone: %j, %j', (tool, tool_choice, left) => {
  const given = { model: 'm', tools: [tool as JsonObject, look], tool_choice } // one of the two above
  expect(without(given)).toEqual({ model: 'm', tools: [look], ...(left && { tool_choice: left }) })
})

it('a choice that names none of them stays, unless no tool is left', () => {
  const given = { tools: [search, look], tool_choice: 'required' }
  expect(without(given)).toEqual({ tools: [look], tool_choice: 'required' })
  expect(without({ ...given, tools: [search] })).toEqual({})
  expect(without({ tools: [look] })).toEqual({ tools: [look] })
})

it('a tool that the client runs stays under its name, and so does the choice of it', () => {
  const shell = { type: 'bash_20250124', name: 'bash' }
  const given = { tools: [shell, look], tool_choice: { type: 'tool', name: 'bash' } }
  const left = withoutToolTypes(given, new Set([shell.type]), () => {})
  expect(left).toMatchObject({
    tools: [{ name: 'bash', input_schema: { type: 'object' } }, look],
    tool_choice: given.tool_choice,
  })
  expect(left['tools']).not.toMatchObject([{ type: shell.type }, look])
})
