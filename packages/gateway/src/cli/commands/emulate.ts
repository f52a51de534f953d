import { usageError } from '../../config/settings.ts'
import { chooseDialect, writeCall } from '../clients/shell.ts'
import { writePasted } from '../clients/write-settings.ts'
import type { Command } from '../context.ts'
import { exit } from '../exit-code.ts'
import { explainListenError } from '../running.ts'

/** What a client of each further upstream appends to its address for the base of its calls. */
const bases = {
  openai: '/v1',
  azure: '',
  dashscope: '/compatible-mode/v1',
  compatible: '/v1',
  anthropic: '',
  ollama: '',
  codex: '/backend-api/codex',
  codexAuth: '',
} as const

/** Runs the stand-in for GitHub, Copilot and the other upstreams alone, until a signal. */
export const emulate: Command = async (context) => {
  const port = Number(context.flags.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw usageError(`--port ${context.flags.port} is no port`, 'Give a number from 0 to 65535; 0 takes any free one.')
  }
  const { createEmulator } = await import('@crossfeed/emulator')
  const emulator = createEmulator({ port })
  const { url } = await emulator.start().catch(async (error: unknown) => {
    throw await explainListenError(error, { host: '127.0.0.1', port, home: '', command: 'emulate' })
  })
  if (context.flags.json)
    context.out(JSON.stringify({ schema: 1, url, port: Number(new URL(url).port), urls: emulator.urls }))
  else {
    context.out(`✓ The stand-in for all upstreams listens on ${url}`)
    const addresses = ['GITHUB', 'GITHUB_API', 'COPILOT'].map((name) => [`CROSSFEED_${name}_URL`, url])
    const variables = { ...Object.fromEntries(addresses), COPILOT_GITHUB_TOKEN: 'gho_anything' }
    const call = { command: 'crossfeed', variables, args: ['start'] }
    const line = writePasted(writeCall(call, chooseDialect(context.env)), 2, context)
    // Talk is broken between words, which a line to paste must not be.
    if (!context.flags.quiet) context.out(`\nA gateway on it:\n\n  ${line}\n`)
    const names = Object.keys(emulator.urls) as (keyof typeof bases)[] // the keys of the emulator's own record
    context.say(
      [
        'Base addresses of the other upstreams; keys are made up (sk-anything), ChatGPT has its sign-in:',
        ...names.map((name) => `  ${name.padEnd(10)} ${emulator.urls[name]}${bases[name]}`),
      ].join('\n'),
    )
  }
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve()
    else context.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await emulator.stop()
  return exit.done
}
