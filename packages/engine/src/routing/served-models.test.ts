import { afterEach, expect, it } from 'vitest'
import { startSupplies, type SuppliesTrial } from '../pipeline/supplies-trial.test-support.ts'

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
