import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { chatChunk, startCopilotServer } from './copilot-server.ts'
import { post, startWatchedGateway } from './watched-gateway.ts'

const streams = 1000

/** What this process holds open, by kind. */
function held(): { readonly sockets: number; readonly timers: number } {
  const all = process.getActiveResourcesInfo()
  const count = (kind: string): number => all.filter((one) => one === kind).length
  return { sockets: count('TCPSocketWrap'), timers: count('Timeout') }
}

async function read(reply: IncomingMessage): Promise<string> {
  let text = ''
  reply.setEncoding('utf8')
  for await (const chunk of reply) text += chunk
  return text
}

test('a thousand streams at once all end well, some by leaving; nothing stays open', async () => {
  const before = held()
  const waiting: ServerResponse[] = []
  const upstream = await startCopilotServer((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chatChunk(`Hello ${waiting.length}`))
    waiting.push(response)
  })
  const gateway = await startWatchedGateway(upstream.url)

  const paths = ['/v1/chat/completions', '/v1/messages']
  const posts = Array.from({ length: streams }, (_, index) =>
    post(gateway.url + (paths[index % 2] ?? ''), {
      model: 'only-chat',
      stream: true,
      max_tokens: 9,
      messages: [{ role: 'user', content: `number ${index}` }],
    }),
  )
  const replies = await Promise.all(posts.map((one) => one.answer))
  // Every one of them has its first word while none has ended: they run side by side.
  await expect.poll(() => waiting.length, { timeout: 15_000 }).toBe(streams)
  const leaving = posts.slice(0, 100)
  const staying = replies.slice(100).map(read)
  for (const reply of replies.slice(0, 100)) reply.on('error', () => undefined)
  for (const { request } of leaving) request.destroy()
  await expect.poll(() => gateway.lines.length, { timeout: 15_000 }).toBe(100)
  for (const response of waiting) response.end(`${chatChunk('', 'stop')}data: [DONE]\n\n`)
  const texts = await Promise.all(staying)

  for (const text of texts) expect(text).toMatch(/Hello \d+.*(?:\[DONE\]|message_stop)/s)
  expect(new Set(texts.map((text) => /Hello \d+/.exec(text)?.[0])).size).toBe(900)
  await expect.poll(() => gateway.lines.length, { timeout: 10_000 }).toBe(streams)
  const cancelled = gateway.lines.filter((line) => line.error !== undefined)
  expect(cancelled.map((line) => line.error)).toEqual(leaving.map(() => 'cancelled'))

  await gateway.close()
  await upstream.close()
  await expect.poll(() => upstream.sockets.size, { timeout: 10_000 }).toBe(0)
  await expect.poll(() => held().sockets, { timeout: 10_000 }).toBeLessThanOrEqual(before.sockets)
  await expect.poll(() => held().timers, { timeout: 10_000 }).toBeLessThanOrEqual(before.timers + 1)
}, 60_000)
