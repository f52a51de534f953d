import { expect, it } from 'vitest'
import { readBaseUrl, readPlainUrl, type BaseUrlSpelling } from './base-url.ts'

const cases: readonly (readonly [string, BaseUrlSpelling, string])[] = [
  ['https://api.openai.com/v1', 'whole', 'https://api.openai.com/v1'],
  ['https://api.openai.com/v1/', 'whole', 'https://api.openai.com/v1'],
  ['https://api.openai.com', 'whole', 'https://api.openai.com/v1'],
  ['https://api.openai.com', 'bare', 'https://api.openai.com/v1'],
  ['https://api.openai.com/v1', 'bare', 'https://api.openai.com/v1'],
  ['https://r.openai.azure.com/openai/v1/', 'whole', 'https://r.openai.azure.com/openai/v1'],
  ['https://gateway.example/team/llm', 'whole', 'https://gateway.example/team/llm'],
  ['https://dashscope.aliyuncs.com/compatible-mode', 'bare', 'https://dashscope.aliyuncs.com/compatible-mode/v1'],
  ['https://api.deepseek.com/anthropic/', 'bare', 'https://api.deepseek.com/anthropic/v1'],
  ['http://127.0.0.1:8000/v1/chat/completions', 'whole', 'http://127.0.0.1:8000/v1'],
  ['https://generativelanguage.example/v1beta/openai', 'bare', 'https://generativelanguage.example/v1beta/openai'],
]

it.each(cases)('reads %s in the %s spelling', (text, spelling, expected) => {
  expect(readBaseUrl(text, spelling)).toBe(expected)
})

it('adds nothing to a plain address', () => {
  expect(readPlainUrl('https://my-resource.openai.azure.com/')).toBe('https://my-resource.openai.azure.com')
})

it.each(['api.openai.com/v1', 'ftp://host', 'https://user:secret@host/v1', ''])(
  'refuses %j and never repeats it',
  (text) => {
    expect(() => readBaseUrl(text, 'whole')).toThrow(/^The base URL of a provider cannot be read\.$/)
  },
)
