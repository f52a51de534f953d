import { expect } from 'vitest'
import { createEmulator, type Emulator, type RecordedRequest } from '../../packages/emulator/src/index.ts'
import type { Settings } from '../../packages/gateway/src/index.ts'
import { startGateway } from '../gateway.ts'
import { supplies, type Supply } from './supplies.ts'

/** A gateway on an emulator as the real service is: every quirk that is on by default. */
export interface Stage {
  readonly emulator: Emulator
  /** Of the gateway, without a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

export async function startStage(changes: Partial<Settings> = {}): Promise<Stage> {
  const emulator = createEmulator()
  const { url } = await emulator.start()
  const models = Object.fromEntries(
    supplies.flatMap(({ model, forced }) => (forced ? [[model, { endpoints: [forced] }]] : [])),
  )
  const gateway = await startGateway(url, { models, ...changes })
  return {
    emulator,
    url: gateway.url,
    async close() {
      await gateway.close()
      await emulator.stop()
    },
  }
}

const paths: readonly string[] = ['/chat/completions', '/responses', '/v1/messages']

/** The model calls that reached the emulator since it was cleared, over HTTP or as frames of a socket. */
export function modelCalls({ emulator }: Pick<Stage, 'emulator'>): readonly RecordedRequest[] {
  return emulator
    .requests()
    .filter(({ path, method }) => (method === 'POST' || method === 'WS') && paths.includes(path))
}

/** Holds what reached the emulator to the supply: endpoint, model, and who began each call. */
export function expectCalls(stage: Stage, supply: Supply, initiators: readonly ('user' | 'agent')[]): void {
  const calls = modelCalls(stage)
  expect(calls.map(({ headers }) => headers['x-initiator'])).toEqual(initiators)
  for (const call of calls) expectAccepted(call, supply)
}

/**
 * Holds one call to the supply: its endpoint and its model, and that the emulator accepted it, which it does only when the
 * body is by the vendor's official schema and by Copilot's own rules.
 */
export function expectAccepted(call: RecordedRequest, supply: Supply): void {
  expect(call.status, JSON.stringify(call.body).slice(0, 500)).toBe(200)
  expect(call.path).toBe(supply.path)
  expect(call.body).toMatchObject({ model: supply.model })
}
