// The driver for streamed answers, a program of its own:
//   node bench/load-streams.ts <port> <path> <body file> loop <connections> <seconds>   each repeats until the time is up
//   node bench/load-streams.ts <port> <path> <body file> once <streams> <seconds>       all opened evenly in the first second
// Ends with one line of JSON; times in microseconds. `once` gives up after <seconds> and counts the rest as failed.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { quantile } from './quantile.ts'
import { createStreamReader } from './read-stream.ts'

const [port, path = '', file = '', mode, count, seconds] = process.argv.slice(2)
const body = readFileSync(file)
const head =
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
  `accept: text/event-stream\r\ncontent-length: ${body.length}\r\n\r\n`
const question = Buffer.concat([Buffer.from(head), body])

const firsts: number[] = []
const lags: number[] = []
let done = 0
let failed = 0
let leastChunks = Infinity

const began = now()
const limit = began + Number(seconds) * 1_000_000
if (mode === 'loop') await Promise.all(Array.from({ length: Number(count) }, repeat))
else await Promise.race([openAll(Number(count)), pause(Number(seconds) * 1000)])
report()
process.exit(0)

async function repeat(): Promise<void> {
  let socket = open()
  while (now() < limit) {
    if ((await readOne(socket)) && !socket.destroyed) continue
    socket.destroy()
    await pause(20)
    socket = open()
  }
  socket.destroy()
}

async function openAll(streams: number): Promise<void> {
  const one = async (index: number): Promise<void> => {
    await pause((index / streams) * 1000)
    const socket = open()
    await readOne(socket)
    socket.destroy()
  }
  await Promise.all(Array.from({ length: streams }, (_, index) => one(index)))
}

function open(): Socket {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  // `close` follows, and readOne counts it.
  socket.on('error', () => {})
  return socket
}

/** Asks on the connection and reads to the end; true when the answer was whole and a success. */
function readOne(socket: Socket): Promise<boolean> {
  const reader = createStreamReader()
  const start = now()
  let chunks = 0
  return new Promise((resolve) => {
    const end = (whole: boolean): void => {
      socket.off('data', onData).off('close', onClose)
      const good = whole && reader.status === 200
      if (good) {
        done++
        leastChunks = Math.min(leastChunks, chunks)
      } else failed++
      resolve(good)
    }
    const onClose = (): void => end(false)
    const onData = (bytes: Buffer): void => {
      const arrived = now()
      const ended = reader.push(bytes, (sentAt) => {
        if (chunks++ === 0) firsts.push(arrived - start)
        lags.push(arrived - sentAt)
      })
      if (ended) end(true)
    }
    socket.on('data', onData).on('close', onClose)
    socket.write(question)
  })
}

function report(): void {
  const unfinished = mode === 'once' ? Number(count) - done - failed : 0
  const [first, lag] = [Float64Array.from(firsts).sort(), Float64Array.from(lags).sort()]
  const result = {
    done,
    failed: failed + unfinished,
    seconds: (now() - began) / 1_000_000,
    chunks: lag.length,
    leastChunks: done > 0 ? leastChunks : 0,
    firstP50: quantile(first, 0.5),
    firstP99: quantile(first, 0.99),
    lagP50: quantile(lag, 0.5),
    lagP99: quantile(lag, 0.99),
  }
  console.log(`RESULT ${JSON.stringify(result)}`)
}

/** Microseconds on the clock that all programs of one machine share. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
