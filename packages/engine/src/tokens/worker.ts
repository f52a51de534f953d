import { parentPort } from 'node:worker_threads'
import { parseObject } from '@crossfeed/protocols'
import { loadEncoding, type CountText, type Encoding } from './encode.ts'
import { estimateTokens } from './estimate.ts'
import type { CountAnswer, CountTask } from './counter.ts'

const encodings = new Map<Encoding, Promise<CountText>>()

parentPort?.on('message', (task: CountTask) => {
  void answer(task).then((result) => parentPort?.postMessage(result))
})

async function answer(task: CountTask): Promise<CountAnswer> {
  const body = parseObject(Buffer.from(task.body).toString('utf8'))
  if (body === undefined) return { id: task.id, problem: 'not-an-object' }
  try {
    return { id: task.id, tokens: estimateTokens(body, task.model, await encodingFor(task.encoding), task.multiplier) }
  } catch (error) {
    return { id: task.id, problem: error instanceof Error ? error.message : 'failed' }
  }
}

function encodingFor(encoding: Encoding): Promise<CountText> {
  let loading = encodings.get(encoding)
  if (loading === undefined) {
    loading = loadEncoding(encoding)
    encodings.set(encoding, loading)
  }
  return loading
}
