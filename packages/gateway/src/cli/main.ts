import { exit } from './exit-code.ts'
import { run, type Signal } from './run.ts'
import { limitYoungGeneration } from './young-generation.ts'

const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** The status of a program that its terminal ended, as shells tell it. */
const hungUp = 129
/** A little longer than answers under way may take to finish. */
const forHangUpMs = 12_000

/** There is no room where the words go, such as a log on a full disk. */
const roomless: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
let isLost = false

// Who reads our words may leave (`| head`, a closed window of logs): the gateway goes on, there is only nobody to tell, and where
// the terminal itself is closed nobody who answers a question. It goes on without a log, too; a command whose words are lost
// has failed.
for (const stream of [process.stdin, process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') return
    if (!roomless.has(error.code)) throw error
    if (!isLost && stream === process.stdout)
      process.stderr.write(`✕ What there is to say could not be written (${error.code}).\n`)
    isLost = true
  })
}

limitYoungGeneration()

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(handle) {
    for (const signal of signals) process.on(signal, () => handle(signal))
    // A question to somebody whose terminal is gone is never answered.
    process.on('SIGHUP', () => setTimeout(() => process.exit(hungUp), forHangUpMs).unref())
  },
  createApp: async (settings, parts) => (await import('../app.ts')).createApp(settings, parts),
})

// What a command says is written by then; a full disk is told in the next turn.
await new Promise((resolve) => setImmediate(resolve))
if (isLost && process.exitCode === exit.done) process.exitCode = exit.failed

// Whoever interrupts twice does not want to wait for what is still open.
if (process.exitCode === exit.interrupted) process.exit()
