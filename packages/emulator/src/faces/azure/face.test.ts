import { AzureOpenAI } from 'openai'
import { describe, expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial } from '../../trial.test-support.ts'

const key = { authorization: 'Bearer entra-token' }
const messages = [{ role: 'user' as const, content: 'hi' }]
const deployment = '/azure/openai/deployments/gpt-4.1/chat/completions'
const ask = ({ post }: Trial, path: string, headers: Record<string, string> = key, body: object = { messages }) =>
  post(path, body, headers)

describe('the Azure face refuses', () => {
  const cases: readonly (readonly [string, (trial: Trial) => ReturnType<typeof ask>, number, string | null])[] = [
    ['no key', (trial) => ask(trial, `${deployment}?api-version=2024-10-21`, { authorization: '' }), 401, '401'],
    [
      'two identities at once',
      (trial) => ask(trial, `${deployment}?api-version=2024-10-21`, { ...key, 'api-key': 'k' }),
      401,
      '401',
    ],
    ['no api-version', (trial) => ask(trial, deployment), 404, '404'],
    [
      'an unknown deployment',
      (trial) => ask(trial, '/azure/openai/deployments/none/chat/completions?api-version=2024-10-21'),
      404,
      'DeploymentNotFound',
    ],
    [
      'an unknown deployment on v1',
      (trial) => ask(trial, '/azure/openai/v1/chat/completions', key, { model: 'none', messages }),
      404,
      'DeploymentNotFound',
    ],
    [
      'responses under a deployment',
      (trial) => ask(trial, '/azure/openai/deployments/gpt-4.1/responses?api-version=2024-10-21'),
      404,
      '404',
    ],
    [
      'a dated version on v1',
      (trial) =>
        ask(trial, '/azure/openai/v1/chat/completions?api-version=2024-10-21', key, { model: 'gpt-4.1', messages }),
      400,
      'BadRequest',
    ],
    [
      'models for responses on chat',
      (trial) => ask(trial, '/azure/openai/v1/chat/completions', key, { model: 'gpt-5.3-codex', messages }),
      400,
      'OperationNotSupported',
    ],
    [
      'parameters of others',
      (trial) => ask(trial, `${deployment}?api-version=2024-10-21`, key, { messages, top_k: 1 }),
      400,
      null,
    ],
  ]
  for (const [name, call, status, code] of cases) {
    test(name, async () => {
      await withTrial({}, async (trial) => {
        expect(await call(trial)).toMatchObject({ status, json: { error: { code } } })
        expect(trial.emulator.requests()).toMatchObject([{ face: 'azure', status }])
      })
    })
  }

  test('a prompt that its filter stops, with the report', async () => {
    await withTrial({}, async (trial) => {
      const body = { messages: [{ role: 'user', content: 'please trigger the content filter' }] }
      const { status, json } = await ask(trial, `${deployment}?api-version=2024-10-21`, key, body)
      expect([status, json['error']]).toMatchObject([
        400,
        {
          code: 'content_filter',
          innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { violence: { filtered: true } } },
        },
      ])
    })
  })
})

describe('the Azure face', () => {
  test('begins a stream with the filter’s report on the prompt', async () => {
    await withTrial({}, async (trial) => {
      const { events } = await ask(trial, `${deployment}?api-version=2024-10-21`, key, { messages, stream: true })
      expect(events[0]).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] })
      expect(events[2]).toMatchObject({ choices: [{ content_filter_results: { hate: { filtered: false } } }] })
    })
  })

  test('serves the official package by deployment, with a key and with a token', async () => {
    await withTrial(
      { faces: { azure: { extraModels: [{ id: 'my-deployment', version: 'gpt-4.1' }] } } },
      async ({ url, emulator }) => {
        const common = {
          apiVersion: '2024-10-21',
          deployment: 'my-deployment',
          baseURL: `${url}/azure/openai`,
          maxRetries: 0,
        }
        const clients = [
          new AzureOpenAI({ ...common, apiKey: 'azure-key' }),
          new AzureOpenAI({ ...common, azureADTokenProvider: async () => 'entra' }),
        ]
        for (const client of clients) {
          const answer = await client.chat.completions.create({ model: 'my-deployment', messages })
          expect(answer).toMatchObject({ model: 'gpt-4.1', choices: [{ message: { content: 'You said: hi' } }] })
        }
        expect(emulator.requests()[0]?.query).toBe('api-version=2024-10-21')
      },
    )
  })

  test('lists its deployments, keeps responses, and gives vectors', async () => {
    await withTrial({}, async ({ get, post }) => {
      expect((await get('/azure/openai/v1/models', key)).text).toContain('"gpt-5.2"')
      const first = await post('/azure/openai/v1/responses', { model: 'gpt-5.2', input: 'hi' }, key)
      const more = { model: 'gpt-5.2', input: 'on', previous_response_id: first.json['id'] }
      expect((await post('/azure/openai/v1/responses', more, key)).status).toBe(200)
      const path = '/azure/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21'
      expect((await post(path, { input: ['a', 'b'] }, key)).json).toMatchObject({ data: [{ index: 0 }, { index: 1 }] })
    })
  })
})
