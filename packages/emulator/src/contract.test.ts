import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Scenario, ScenarioStep } from './scenario.ts'
import { schema } from './schema.test-support.ts'
import { withTrial } from './trial.test-support.ts'

/** The parts where Copilot itself leaves the official grammar: their own tests are in quirks.faces.test.ts. */
const official = { 'chat-azure-shape': false, 'chat-missing-content': false, 'chat-empty-first-chunk': false } as const

const answers: Readonly<Record<string, ScenarioStep>> = {
  echo: {},
  text: {
    text: ['Hel', 'lo ', '🎉'],
    logprobs: true,
    citations: [{ url: 'https://x.test', license: 'MIT', snippet: 's' }],
  },
  reasoning: { reasoning: { text: 'hm hm', opaque: 'b3BhcXVl' }, text: 'yes' },
  redacted: { reasoning: { redacted: true }, text: 'yes' },
  calls: {
    text: 'Looking.',
    toolCalls: [
      { name: 'a', arguments: { path: 'some/where/deep.txt' } },
      { name: 'b', arguments: '{}' },
    ],
    interleave: true,
  },
  refusal: { refusal: 'I cannot help with that.' },
  length: { text: 'cut off he', finish: 'length' },
  filtered: { text: 'bad', finish: 'content-filter' },
  empty: { text: '' },
}

const faces = [
  {
    path: '/chat/completions',
    whole: schema('openai.chat.response'),
    event: schema('openai.chat.stream-event'),
    bodies: [
      { model: 'gpt-4.1', messages: [{ role: 'user', content: 'hi' }], stream_options: { include_usage: true } },
      { model: 'gemini-3.1-pro-preview', messages: [{ role: 'user', content: 'hi' }], reasoning_effort: 'low' },
    ],
  },
  {
    path: '/responses',
    whole: schema('openai.responses.response'),
    event: schema('openai.responses.stream-event'),
    bodies: [
      {
        model: 'gpt-5.2',
        input: 'hi',
        reasoning: { effort: 'low', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
      },
      { model: 'gpt-5.4', input: [{ role: 'user', content: 'hi' }], instructions: 'Be short.' },
    ],
  },
  {
    path: '/v1/messages',
    whole: schema('anthropic.beta.messages.response'),
    event: schema('anthropic.beta.messages.stream-event'),
    bodies: [
      {
        model: 'claude-sonnet-4.5',
        max_tokens: 4000,
        thinking: { type: 'enabled', budget_tokens: 1024 },
        messages: [{ role: 'user', content: 'hi' }],
      },
      {
        model: 'claude-opus-4.7',
        max_tokens: 4000,
        system: 'Be short.',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      },
    ],
  },
]

describe('answers are written in the official grammar', () => {
  for (const { path, whole, event, bodies } of faces) {
    for (const [name, step] of Object.entries(answers)) {
      test(`${path} ${name}`, async () => {
        const scenario: Scenario = name === 'echo' ? [] : [{ ...step, times: 0 }]
        await withTrial({ quirks: official, scenario }, async ({ post }) => {
          for (const body of bodies) {
            const answer = await post(path, body)
            expect(answer.status).toBe(200)
            whole(answer.json)
            const stream = await post(path, { ...body, stream: true })
            expect(stream.events.length).toBeGreaterThan(1)
            // `ping` is documented, but not in the union of the official types.
            for (const entry of stream.events) if (entry['type'] !== 'ping') event(entry)
          }
        })
      })
    }
  }

  test('embeddings and errors', async () => {
    await withTrial({}, async ({ post }) => {
      const { json } = await post('/embeddings', { model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8 })
      schema('openai.embeddings.response')(json)
      const refused = await post('/chat/completions', { model: 'none', messages: [] })
      schema('openai.error')(refused.json)
    })
  })
})

const folder = new URL('../fixtures/copilot-cli/', import.meta.url)

describe('what the official client sends is accepted', () => {
  // Their reasoning is made up and their Gemini is newer than the catalog: the check of genuineness has its own test.
  const extraModels: JsonObject[] = [
    {
      id: 'gemini-3-pro-preview',
      vendor: 'Google',
      capabilities: { type: 'chat', supports: { reasoning_effort: ['low', 'medium', 'high'] } },
    },
  ]
  for (const name of readdirSync(folder)) {
    test(name, async () => {
      const fixture: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
      if (!isObject(fixture)) throw new Error('the fixture is no object')
      await withTrial({ quirks: { 'foreign-reasoning-refused': false }, extraModels }, async ({ post, emulator }) => {
        // The recorder of the captures wrote plain strings.
        const headers = fixture['headers'] as Record<string, string>
        const answer = await post(String(fixture['path']), fixture['body'], headers)
        expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, ''])
        expect(answer.text).toMatch(name.includes('user-turn') ? /tool_use/ : /answered|hello/)
        expect(emulator.requests()[0]?.headers).toMatchObject({
          'x-initiator': headers['x-initiator'],
          authorization: 'Bearer gho_…CTED',
        })
      })
    })
  }
})
