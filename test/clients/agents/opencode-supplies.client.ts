import { expect, test } from 'vitest'
import {
  anthropic,
  anthropicByBudget,
  chatgpt,
  compatible,
  deployment,
  ollama,
  openai,
  startFullStage,
  titleOf,
  upstreamCalls,
} from '../every-supply.ts'
import { copiesTheNote, runOpencode, said } from './opencode.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() => startFullStage())

const pairs = [
  ['@ai-sdk/openai', openai],
  ['@ai-sdk/openai', chatgpt],
  ['@ai-sdk/anthropic', anthropic],
  ['@ai-sdk/anthropic', anthropicByBudget],
  ['@ai-sdk/anthropic', ollama],
  ['@ai-sdk/openai-compatible', compatible],
  ['@ai-sdk/openai-compatible', deployment],
] as const

test.each(pairs.map(([npm, supply]) => [npm, titleOf(supply), supply] as const))(
  'opencode with %s at the route of %s: reads a file, writes a file, answers',
  async (npm, _, supply) => {
    place.stage.emulator.play(copiesTheNote(place.desk))
    const at = { npm, baseURL: `${place.stage.url}/${supply.supply}/v1`, model: supply.model }
    const result = await runOpencode(place.desk, at, 'Copy the note.')
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'Copied.',
    })
    expect(place.desk.read('copy.txt')).toBe('blue ä')
    expect(place.stage.emulator.stepsLeft()).toBe(0)
    const calls = upstreamCalls(place.stage)
    expect(calls.map(({ path, status }) => `${status} ${path}`)).toEqual(calls.map(() => `200 ${supply.path}`))
    const turns = calls.filter(({ body }) => JSON.stringify(body).includes('"name":"read"'))
    expect(turns).toHaveLength(3)
    expect(JSON.stringify(turns[1]?.body)).toContain('the kettle is blue')
    if (supply.seal !== undefined && npm !== '@ai-sdk/openai-compatible')
      expect(JSON.stringify(turns[2]?.body).match(new RegExp(`"${supply.seal}":"[^"]{16,}`, 'g'))).toHaveLength(2)
  },
)
