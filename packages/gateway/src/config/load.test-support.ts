import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatewayError } from '@crossfeed/protocols'
import { loadSettings, type Settings } from './settings.ts'

/** The settings of a config file with this text. */
export async function loadText(
  text: string,
  env: Record<string, string> = {},
  name = 'config.yaml',
): Promise<Settings> {
  const home = mkdtempSync(join(tmpdir(), 'crossfeed-config-'))
  try {
    writeFileSync(join(home, name), text)
    return await loadSettings({ flags: { home }, env })
  } finally {
    rmSync(home, { recursive: true })
  }
}

/** What is said against a config file with this text: message, the line itself, fix, reason. */
export async function problemOf(text: string, env: Record<string, string> = {}, name = 'config.yaml'): Promise<string> {
  try {
    await loadText(text, env, name)
    return 'no problem'
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return `${error.message}\n→ ${error.fix} (${error.reason})`
  }
}
