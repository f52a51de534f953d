import { expect, it } from 'vitest'
import { withSetting } from './edit-config.ts'

const put = (text: string, path: string): Promise<string> =>
  withSetting(text, path, ['providers', 'mine'], { type: 'ollama' })

it.each([
  ['an empty file', ''],
  ['a section without anything in it', 'providers:\n'],
  ['other settings, with comments', '# mine\nport: 4242 # a port\n'],
  ['another entry', 'providers:\n  other: { type: openai } # kept\n'],
])('adds a setting to YAML with %s', async (_what, text) => {
  const { parse } = await import('yaml')
  const written = await put(text, 'config.yaml')
  expect(parse(written)).toMatchObject({ ...parse(text), providers: { mine: { type: 'ollama' } } })
  for (const comment of text.match(/#.*/g) ?? []) expect(written).toContain(comment)
  if (text.includes('other')) expect(written).toContain('type: openai')
})

it.each([
  ['an empty file', '', '  '],
  ['other settings', '{\n    "port": 4242,\n    "providers": { "other": {} }\n}', '    '],
])('adds a setting to JSON with %s, indented as it was', async (_what, text, indent) => {
  const written = await put(text, 'config.json')
  expect(JSON.parse(written)).toMatchObject({ ...JSON.parse(text || '{}'), providers: { mine: { type: 'ollama' } } })
  expect(written).toContain(`\n${indent}"providers"`)
})

it.each([
  ['config.json', '{ "port": 4242,'],
  ['config.json', '["port"]'],
  ['config.yaml', 'port: [4242'],
  ['config.yaml', '- port'],
])('leaves %s alone where it holds %j', async (path, text) => {
  await expect(put(text, path)).rejects.toThrow('cannot be read as settings')
})
