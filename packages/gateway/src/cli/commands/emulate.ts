import { usageError } from '../../config/settings.ts'
import type { Command } from '../context.ts'
import { exit } from '../exit-code.ts'

/** Runs the stand-in for GitHub and Copilot alone, until a signal. */
export const emulate: Command = async (context) => {
  const port = Number(context.flags.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw usageError(`--port ${context.flags.port} is no port`, 'Give a number from 0 to 65535; 0 takes any free one.')
  }
  const { createEmulator } = await import('@crossfeed/emulator')
  const emulator = createEmulator({ port })
  const { url } = await emulator.start()
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, url, port: Number(new URL(url).port) }))
  else {
    context.out(`✓ The stand-in for GitHub and Copilot listens on ${url}`)
    context.say(
      ['GITHUB', 'GITHUB_API', 'COPILOT'].map((name) => `CROSSFEED_${name}_URL=${url}`).join(' ') +
        ' COPILOT_GITHUB_TOKEN=gho_anything crossfeed start',
    )
  }
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve()
    else context.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await emulator.stop()
  return exit.done
}
