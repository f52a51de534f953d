import { GatewayError } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { providerOf } from '../providers/keyed.test-support.ts'
import { startSupplies, type SuppliesTrial } from '../pipeline/supplies-trial.test-support.ts'
import { silentLog, type LogLine } from '../ports.ts'
import type { Model } from '../providers/model.ts'
import type { Provider } from '../providers/provider.ts'
import type { Router } from './route.ts'
import { createServedList } from './served-models.ts'

let trial: SuppliesTrial
afterEach(() => trial.close())

it('a pattern is listed by the models that it stands for, and an alias by its name, each once', async () => {
  const to = (provider: string, model: string) => ({ provider, model })
  trial = await startSupplies(['one', 'two'], {
    aliases: [
      { name: 'my-*', targets: [to('one', '*'), to('two', '*')] },
      { name: 'fixed-*', targets: [to('one', 'm')] },
      { name: 'none-*', targets: [to('one', 'claude-*')] },
      { name: 'one/*', targets: [to('one', '*'), to('two', '*')] },
      { name: 'fast', targets: [to('two', 'm')] },
    ],
  })
  const listed = await trial.engine.models()
  expect(listed.map(({ id, provider }) => [id, provider])).toEqual([
    ['fast', 'two'],
    ['my-m', 'one'],
    ['one/m', 'one'],
    ['two/m', 'two'],
  ])
  expect(await trial.engine.findModel('my-m')).toMatchObject({ name: 'my-m', model: { id: 'm' } })
})

it('a supply whose list cannot be had is said to be left out once, until it is back or has another reason', async () => {
  const said: LogLine[] = []
  const log = { ...silentLog, warn: (line: LogLine) => void said.push(line) }
  let reason = ''
  const models = async (): Promise<readonly Model[]> => {
    if (reason === '') return []
    throw new GatewayError('timeout', 504, `It failed: ${reason}.`, { reason })
  }
  const list = createServedList(besides({ id: 'flaky', models }), [], noRoutes, log)
  for (reason of ['slow', 'slow', 'gone', '', 'gone']) await Promise.all([list(), list()])
  expect(said.map((line) => (typeof line === 'string' ? line : line()))).toEqual(
    ['slow', 'gone', 'gone'].map((why) => `The models of flaky are left out: It failed: ${why}.`),
  )
})

it.each([
  ['Copilot', true, 0],
  ['another supply', undefined, 1],
] as const)(
  'that nobody is signed in to %s is a warning of the list only where the start says nothing of it',
  async (_name, isBare, warnings) => {
    const said: LogLine[] = []
    const failure = new GatewayError('unauthorized', 401, 'Nobody is signed in.', { reason: 'no-sign-in' })
    const models = (): Promise<never> => Promise.reject(failure)
    const log = { ...silentLog, warn: (line: LogLine) => void said.push(line) }
    await createServedList(besides({ id: 'it', models, ...(isBare && { isBare }) }), [], noRoutes, log)()
    expect(said).toHaveLength(warnings)
  },
)

/** No alias is asked for here. */
const noRoutes = {} as Router

/** A supply, and another that lists a model. */
function besides(one: Pick<Provider, 'id' | 'models' | 'isBare'>): readonly Provider[] {
  const other = providerOf({ type: 'azure', baseUrl: 'http://127.0.0.1:9', models: { m: {} } })
  return [{ ...other, ...one }, other]
}
