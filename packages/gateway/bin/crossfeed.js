#!/usr/bin/env node
// Plain JavaScript on purpose: an old Node must be able to read this file and say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (!process.versions.bun && (major < 22 || (major === 22 && minor < 19))) {
  process.stderr.write(
    `✕ Crossfeed needs Node 22.19 or newer; this is ${process.versions.node}\n  Fix   npm install -g node@26, or use npx from a checkout, which brings its own Node.\n`,
  )
  process.exit(2)
}
// Compiled code is kept between runs: half the time to the first line.
const { enableCompileCache } = await import('node:module')
enableCompileCache?.()
await import('#main')
