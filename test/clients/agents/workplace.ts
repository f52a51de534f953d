import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { Emulator } from '../../../packages/emulator/src/index.ts'
import { png } from '../picture.ts'
import { createDesk, type Desk } from './run-agent.ts'

/** Where agents are tried: a stage for all tests of a file, and for each test a desk with a note and a picture on it. */
export interface Workplace<Stage> {
  readonly stage: Stage
  readonly desk: Desk
}

/** Sets up a workplace by the hooks of the file that calls this; its members may be read inside of tests only. */
export function useWorkplace<Stage extends { readonly emulator: Emulator; close(): Promise<void> }>(
  start: () => Promise<Stage>,
): Workplace<Stage> {
  let stage: Stage | undefined
  let desk: Desk | undefined
  beforeAll(async () => {
    stage = await start()
  })
  afterAll(() => stage?.close())
  beforeEach(() => {
    stage?.emulator.clear()
    stage?.emulator.play([])
    desk = createDesk({ 'note.txt': 'the kettle is blue\n', 'dot.png': png })
  })
  afterEach(() => desk?.clear())
  return {
    get stage() {
      return present(stage)
    },
    get desk() {
      return present(desk)
    },
  }
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a workplace is there while tests run')
  return value
}
