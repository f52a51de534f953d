import type { ClientOut, Running } from '@crossfeed/engine'
import type { ServerResponse } from 'node:http'

/** Lets `start` answer on `response`, and tells it when the client goes or can take more. Nothing starts for one that has gone. */
export function answerClient(response: ServerResponse, start: (out: ClientOut) => Running): void {
  if (response.destroyed) return
  const running = start(clientOut(response, () => running.drained()))
  response.on('close', () => {
    if (!response.writableFinished) running.cancel()
  })
}

function clientOut(response: ServerResponse, drained: () => void): ClientOut {
  return {
    begin: (status, headers) => void response.writeHead(status, headers),
    write(bytes) {
      const goOn = response.write(bytes)
      // Most answers never wait, so that the listener is worth adding only when one does.
      if (!goOn && response.listenerCount('drain') === 0) response.once('drain', drained)
      return goOn
    },
    end: (bytes) => void response.end(bytes),
  }
}
