import { afterAll, beforeAll } from 'vitest'
import { startGateway, type TestGateway } from './gateway.ts'
import { startReplayUpstream, type ReplayUpstream } from './replay-upstream.ts'

/** A gateway in front of a Copilot that replays what it is told. */
export interface ReplayStage {
  readonly upstream: ReplayUpstream
  readonly gateway: TestGateway
}

/** Sets the stage before the tests of the calling file, and clears it after them: its members are there in tests only. */
export function useReplayStage(): ReplayStage {
  const stage: { upstream?: ReplayUpstream; gateway?: TestGateway } = {}
  beforeAll(async () => {
    stage.upstream = await startReplayUpstream()
    stage.gateway = await startGateway(stage.upstream.url)
  })
  afterAll(async () => {
    await stage.gateway?.close()
    await stage.upstream?.close()
  })
  return {
    get upstream() {
      return stage.upstream!
    },
    get gateway() {
      return stage.gateway!
    },
  }
}
