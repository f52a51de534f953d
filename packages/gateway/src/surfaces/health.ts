import type { Route, Visit } from './surface.ts'
import { writeJson } from './write-error.ts'

/** Says that a gateway is here, and nothing else: it answers without a key. */
export const root: Route = {
  methods: ['GET', 'HEAD'],
  dialect: 'chat',
  handle: (visit) => writeText(visit, 200, 'Crossfeed is running.\n'),
}

/** The process answers. */
export const live: Route = {
  methods: ['GET', 'HEAD'],
  dialect: 'chat',
  handle: (visit) => writeJson(visit, 200, { status: 'live' }),
}

/** Whether requests can be served: signed in, models known. */
export const ready: Route = {
  methods: ['GET', 'HEAD'],
  dialect: 'chat',
  handle(visit) {
    const isReady = visit.parts.engine.isReady()
    writeJson(visit, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready' })
  },
}

function writeText(visit: Visit, status: number, text: string): void {
  visit.response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
  })
  visit.response.end(visit.request.method === 'HEAD' ? undefined : text)
}
