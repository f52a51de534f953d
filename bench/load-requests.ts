// The driver for machines without wrk, a program of its own:
// `node bench/load-requests.ts <url> <body file> <connections> <seconds>`. Ends with one line of JSON.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { quantile } from './quantile.ts'

const [url = '', file = '', connections, seconds] = process.argv.slice(2)
const body = readFileSync(file)
const headers = { 'content-type': 'application/json', 'content-length': body.length }
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const latencies: number[] = []
let failed = 0

const began = performance.now()
const limit = began + Number(seconds) * 1000
await Promise.all(Array.from({ length: Number(connections) }, repeat))
const took = (performance.now() - began) / 1000
agent.destroy()
latencies.sort((a, b) => a - b)
const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)]
console.log(`RESULT ${JSON.stringify({ done: latencies.length, failed, seconds: took, p50, p99 })}`)

async function repeat(): Promise<void> {
  while (performance.now() < limit) {
    const start = performance.now()
    if ((await send()) === 200) latencies.push((performance.now() - start) * 1000)
    else failed++
  }
}

/** The status, or 0 when the connection failed. */
function send(): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(url, { method: 'POST', headers, agent, timeout: 30_000 }, (incoming) => {
      incoming.on('end', () => resolve(incoming.statusCode ?? 0))
      incoming.on('error', () => resolve(0))
      incoming.resume()
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(0))
    outgoing.end(body)
  })
}
