import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = new URL('../node_modules/', import.meta.url)
const target = `${process.platform}-${process.arch}`

/** Where each program is inside its platform's package: the launchers need install scripts, the programs do not. */
const places = {
  claude: `@anthropic-ai/claude-code-${target}/claude`,
  codex: '.bin/codex',
  opencode: `opencode-${target}/bin/opencode`,
  copilot: `@github/copilot-${target}/copilot`,
  bun: `@oven/bun-${target}/bin/bun`,
} as const

export type Client = keyof typeof places

/** The path of a program; throws when it is not installed, so that a missing client fails its tests. */
export function findClient(client: Client): string {
  const path = fileURLToPath(new URL(places[client], folder))
  if (!existsSync(path)) throw new Error(`${client} is not installed: npm run clients:install`)
  return path
}
