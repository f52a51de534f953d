import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { GatewayError } from '@crossfeed/protocols'
import type { Env } from '../../config/home.ts'
import type { Launch } from './client-settings.ts'

/** The program that a command names on this machine; undefined when there is none that can be run as it is. */
export function findProgram(
  command: string,
  env: Env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  // Scripts of Windows run in its shell only, which reads quotes in its own way: their line is shown instead.
  const file = platform === 'win32' ? `${command}.exe` : command
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, file)).find(isRunnable)
}

/** Runs a client in the foreground until it ends. Its variables are its own: no file of it is written. */
export function launchClient(program: string, { variables, args }: Launch, env: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...env, ...variables }, stdio: 'inherit' })
    child.on('error', (cause) => reject(notStarted(program, cause)))
    child.on('close', () => resolve())
  })
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not to be run: the next folder may have it.
    return false
  }
}

function notStarted(program: string, cause: Error): GatewayError {
  return new GatewayError('internal', 500, `${program} could not be started\n${cause.message}`, {
    reason: 'client-not-started',
    fix: 'Start it yourself with the line above.',
    cause,
  })
}
