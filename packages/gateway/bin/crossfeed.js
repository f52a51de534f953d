#!/usr/bin/env node
// Plain JavaScript on purpose: an old Node must be able to read this file and say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (!process.versions.bun && (major < 22 || (major === 22 && minor < 19))) {
  process.exitCode = await runOnOwnNode()
} else {
  // Compiled code is kept between runs: half the time to the first line.
  const { enableCompileCache } = await import('node:module')
  enableCompileCache?.()
  await import('#main')
}

/** A checkout brings its own Node: an older one, called by `node_modules/.bin/crossfeed`, hands over to it. */
async function runOnOwnNode() {
  const { spawn } = await import('node:child_process')
  const { existsSync, realpathSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
  if (process.platform === 'win32' || !existsSync(own) || realpathSync(own) === realpathSync(process.execPath)) {
    process.stderr.write(
      `✕ Crossfeed needs Node 22.19 or newer; this is ${process.versions.node}\n  Fix   npm install -g node@26, or use npx from a checkout, which brings its own Node.\n`,
    )
    return 2
  }
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; only the child answers it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.on('error', () => resolve(1))
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}
