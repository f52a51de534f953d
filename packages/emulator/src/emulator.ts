import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { QuirkName } from './quirks.ts'
import type { Scenario } from './scenario.ts'
import { createPlaybook } from './scenario.ts'
import { approve, expireTokens, setQuirks } from './server/control.ts'
import { serve } from './server/listener.ts'
import type { RecordedRequest } from './server/recorder.ts'
import { createState } from './create-state.ts'
import type { EmulatorOptions } from './state.ts'
import { faceNames, facePrefix } from './faces/face.ts'
import type { FaceName } from './faces/face.ts'
import { upgrade } from './websocket/responses-socket.ts'

/** A stand-in for GitHub's sign-in and the Copilot service on one loopback address. */
export interface Emulator {
  /** Begins to listen. The address serves every face: GitHub's web pages, its API, and Copilot's. */
  start(): Promise<{ readonly url: string; readonly port: number }>
  /** Stops and destroys the sockets that are open. */
  stop(): Promise<void>
  /** The address without a final slash; empty before `start`. */
  readonly url: string
  /** The addresses of the other upstreams: `url` and a prefix. */
  readonly urls: Readonly<Record<FaceName, string>>
  /** What has been asked so far, oldest first. */
  requests(): readonly RecordedRequest[]
  /** Forgets the recorded requests. */
  clear(): void
  setQuirks(quirks: Partial<Record<QuirkName, boolean>>): void
  /** Replaces the scenario. */
  play(scenario: Scenario): void
  /** Steps of the scenario that have not been used up. */
  stepsLeft(): number
  /** The user enters a device code; without one, every code that waits. Gives how many were approved. */
  approve(userCode?: string): number
  /** Makes every exchanged token of Copilot and every access token of ChatGPT expired. */
  expireTokens(): void
}

/** An emulator that does not listen yet. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const state = createState(options)
  const server = createServer((request, response) => {
    serve(request, response, state).catch((error: unknown) => {
      // A client that goes away while its request is read has nobody left to answer.
      if (response.destroyed || request.destroyed) return
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`emulator failure: ${String(error)}\n`)
    })
  })
  const sockets = new Set<Socket>()
  server.on('upgrade', (request, socket, head) => {
    // The server listens on TCP only, where a connection is a net.Socket.
    const connection = socket as Socket
    sockets.add(connection)
    connection.once('close', () => sockets.delete(connection))
    upgrade(request, connection, head, state)
  })
  // Long silences are part of the service: only the client may give up.
  server.requestTimeout = 0
  server.keepAliveTimeout = 60_000
  return {
    start: async () => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
      })
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('the emulator has no TCP port')
      state.url = `http://127.0.0.1:${address.port}`
      return { url: state.url, port: address.port }
    },
    stop: async () => {
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
    get url() {
      return state.url
    },
    get urls() {
      // fromEntries over every name fills the whole record.
      return Object.fromEntries(faceNames.map((name) => [name, state.url + facePrefix(name)])) as Record<
        FaceName,
        string
      >
    },
    requests: () => state.requests,
    clear: () => {
      state.requests = []
    },
    setQuirks: (quirks) => setQuirks(state, quirks),
    play: (scenario) => {
      state.playbook = createPlaybook(scenario)
    },
    stepsLeft: () => state.playbook.left(),
    approve: (userCode) => approve(userCode, state),
    expireTokens: () => expireTokens(state),
  }
}
