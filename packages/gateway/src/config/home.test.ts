import type * as FileSystem from 'node:fs'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { requireHome } from './home.ts'

const disk = vi.hoisted(() => ({ isFull: false }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>()
  return {
    ...fs,
    writeFileSync: (...given: Parameters<typeof fs.writeFileSync>) => {
      if (!disk.isFull) return fs.writeFileSync(...given)
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    },
  }
})

let home: string
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'crossfeed-home-'))))
afterEach(() => {
  disk.isFull = false
  rmSync(home, { recursive: true, force: true })
})

test('a home where something can be kept is left as it was', () => {
  requireHome(home)
  expect(readdirSync(home)).toEqual([])
})

test('a full disk is told before anything is asked for that would then be lost', () => {
  disk.isFull = true
  expect(() => requireHome(home)).toThrow(
    expect.objectContaining({
      reason: 'home-unwritable',
      message: `Nothing can be kept in ${home} (ENOSPC)`,
      fix: 'Make room there, or give another folder: --home <dir>, or CROSSFEED_HOME.',
    }),
  )
})

test('folders above it are made for their owner only', () => {
  const inner = join(home, 'a', 'b')
  requireHome(inner)
  expect([statSync(join(home, 'a')).mode & 0o777, statSync(inner).mode & 0o777]).toEqual([0o700, 0o700])
})

test.runIf(existsSync('/proc/self'))('a folder in which none can be made is told, and not tried for ever', () => {
  expect(() => requireHome('/proc/nowhere/home')).toThrow(expect.objectContaining({ reason: 'home-unwritable' }))
})
