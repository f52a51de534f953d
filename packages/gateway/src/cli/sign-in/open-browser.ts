import { spawn } from 'node:child_process'
import type { Env } from '../../config/home.ts'

/**
 * Opens a page in the person's browser, where there is likely one: not over SSH, not without a display. That it did not work
 * is no error: the address is shown, too.
 */
export function openBrowser(url: string, env: Env, platform: NodeJS.Platform = process.platform): void {
  const command = commandFor(platform, env)
  if (command === undefined) return
  const [program, ...words] = command
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

function commandFor(platform: NodeJS.Platform, env: Env): readonly [string, ...string[]] | undefined {
  if (env.SSH_CONNECTION) return undefined
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}
