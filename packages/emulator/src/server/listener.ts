import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call, EmulatorState } from '../state.ts'
import { deliver } from './deliver.ts'
import { recordCall } from './recorder.ts'
import { route } from './routes.ts'

/** Serves one HTTP request: reads it, records it, routes it, delivers the answer. */
export async function serve(request: IncomingMessage, response: ServerResponse, state: EmulatorState): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const raw = await readBody(request)
  const [address = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const tenant = /^\/(tenant|user-tenant)(?=\/)/.exec(address)?.[1]
  const face = state.faces.find(({ prefix }) => address.startsWith(`${prefix}/`))
  const call: Call = {
    method: request.method ?? 'GET',
    path: address.slice(face?.prefix.length ?? (tenant === undefined ? 0 : tenant.length + 1)),
    query,
    ...(face !== undefined && { face: face.name }),
    ...((tenant === 'tenant' || tenant === 'user-tenant') && { tenant }),
    headers: request.headers,
    raw,
    body: parseBody(raw),
  }
  const record = face === undefined && call.path.startsWith('/__') ? undefined : recordCall(call, state, address)
  const outcome = await route(call, state)
  const id = request.headers['x-request-id']
  const headers = {
    'x-request-id': typeof id === 'string' ? id : randomUUID(),
    ...(face === undefined && { 'x-github-request-id': newRequestId() }),
    ...outcome.headers,
  }
  if (record !== undefined) record.status = outcome.status
  const whole = await deliver(response, { ...outcome, headers }, gone.signal)
  if (record === undefined) return
  record.finished = whole
  record.aborted = !whole && gone.signal.aborted && outcome.pacing?.cut === undefined
}

const newRequestId = (): string => randomUUID().replaceAll('-', ':').toUpperCase().slice(0, 28)

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  // A server request without an encoding gives buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** JSON, whatever the content type says (clients differ), or a form. */
function parseBody(raw: string): unknown {
  if (raw === '') return undefined
  try {
    return JSON.parse(raw)
  } catch {
    return /^[\w.%+-]+=/.test(raw) ? Object.fromEntries(new URLSearchParams(raw)) : undefined
  }
}
