import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { chatChunk, startCopilotServer, type CopilotServer } from './copilot-server.ts'
import { post, startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

let upstream: CopilotServer
let gateway: WatchedGateway
afterEach(async () => {
  await gateway.close()
  await upstream.close()
})

const mega = 1024 * 1024
const size = 50 * mega
const paragraph = 'A word that is followed by many others. '.repeat(400)

/** Writes a stream of 50 MB as fast as it is taken, and keeps count. */
async function pour(response: ServerResponse, poured: { bytes: number; words: number; hash: string }): Promise<void> {
  const hash = createHash('sha256')
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let number = 0; poured.bytes < size; number++) {
    const words = `${number} ${paragraph}`
    const chunk = chatChunk(words)
    hash.update(words)
    poured.bytes += chunk.length
    if (!response.write(chunk)) await once(response, 'drain')
  }
  response.write(chatChunk('', 'stop'))
  poured.hash = hash.digest('hex')
  response.end('data: [DONE]\n\n')
}

test.each([
  ['chat', '/v1/chat/completions'],
  ['messages', '/v1/messages'],
])(
  'a %s client that reads nothing stops the upstream; when it reads on, nothing is missing',
  async (client, path) => {
    const poured = { bytes: 0, words: 0, hash: '' }
    upstream = await startCopilotServer((response) => void pour(response, poured))
    gateway = await startWatchedGateway(upstream.url)
    const { answer } = post(gateway.url + path, {
      model: 'only-chat',
      stream: true,
      max_tokens: 9,
      messages: [{ role: 'user', content: 'hi' }],
    })
    const reply = await answer
    reply.pause()

    // Poured on until every buffer in between is full: then the count stands still.
    let before = -1
    await expect
      .poll(
        () => {
          const still = before === poured.bytes && poured.bytes > 0
          before = poured.bytes
          return still
        },
        { interval: 400, timeout: 15_000 },
      )
      .toBe(true)
    expect(poured.hash).toBe('')
    expect(poured.bytes).toBeLessThan(size / 2)

    const hash = createHash('sha256')
    let rest = ''
    let ended = false
    reply.setEncoding('utf8')
    reply.on('data', (text: string) => {
      const frames = (rest + text).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) {
        const data = frame.slice(frame.indexOf('data: ') + 6)
        if (!frame.includes('data: ') || data === '[DONE]') ended ||= data === '[DONE]'
        else {
          const event = JSON.parse(data)
          hash.update(event.choices?.[0]?.delta?.content ?? event.delta?.text ?? '')
          ended ||= event.type === 'message_stop'
        }
      }
    })
    reply.resume()
    await once(reply, 'end')
    expect(ended).toBe(true)
    expect(hash.digest('hex')).toBe(poured.hash)
    expect(gateway.lines).toMatchObject([
      { status: 200, plan: client === 'chat' ? 'relay chat' : 'translate messages>chat' },
    ])
    expect(gateway.lines[0]?.error).toBeUndefined()
  },
  60_000,
)

test('an upstream whose client never reads on is left when that client goes', async () => {
  const poured = { bytes: 0, words: 0, hash: '' }
  let gone = false
  upstream = await startCopilotServer((response) => {
    response.on('close', () => (gone = true))
    pour(response, poured).catch(() => undefined)
  })
  gateway = await startWatchedGateway(upstream.url)
  const { request, answer } = post(`${gateway.url}/v1/chat/completions`, {
    model: 'only-chat',
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
  })
  const reply = await answer
  reply.on('error', () => undefined)
  reply.pause()
  await expect.poll(() => poured.bytes, { timeout: 10_000 }).toBeGreaterThan(mega)
  request.destroy()
  await expect.poll(() => gone, { timeout: 5000 }).toBe(true)
  expect(gateway.lines).toMatchObject([{ error: 'cancelled' }])
})
