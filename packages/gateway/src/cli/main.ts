import { exit } from './exit-code.ts'
import { run } from './run.ts'

// Who reads our words may leave (`| head`, a closed window of logs): the gateway goes on, there is only nobody to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(handle) {
    process.on('SIGINT', () => handle('SIGINT'))
    process.on('SIGTERM', () => handle('SIGTERM'))
  },
  createApp: async (settings, parts) => (await import('../app.ts')).createApp(settings, parts),
})

// Whoever interrupts twice does not want to wait for what is still open.
if (process.exitCode === exit.interrupted) process.exit()
