import { request } from 'node:http'

/** One request to a program on this machine. */
export interface Question {
  readonly path: string
  /** Posted as JSON; without it the request is a GET. */
  readonly body?: Buffer
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** Asks once, on a connection of its own. Rejects when nothing comes for 60 seconds. */
export function ask(port: number, question: Question): Promise<Answer> {
  const { path, body } = question
  const headers = body ? { 'content-type': 'application/json', 'content-length': body.length } : {}
  const method = body ? 'POST' : 'GET'
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false, timeout: 60_000 }
    const outgoing = request(options, (incoming) => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.on('error', reject)
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString() })
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${path}: no answer for 60 seconds`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
