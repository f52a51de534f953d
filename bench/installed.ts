import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Figures } from './figures.ts'

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly dev?: boolean
  /** The Node of the checkout, one for each system: users bring their own. */
  readonly optional?: boolean
  readonly devOptional?: boolean
  /** A package of this workspace. */
  readonly link?: boolean
}

const root = join(import.meta.dirname, '..')

/** How many packages of others come with an installation, and their size in MiB; development's are left out. */
export function measureInstalled(): Figures {
  // npm's own lock file, version 3: of its shape we use only the marks above.
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const folders = Object.entries(packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !isLeftOut(entry))
    .map(([path]) => join(root, path))
    .filter((folder) => existsSync(folder))
  const bytes = folders.reduce((sum, folder) => sum + folderSize(folder), 0)
  return { packages: folders.length, installed: bytes / 2 ** 20 }
}

function isLeftOut({ dev, optional, devOptional, link }: LockedPackage): boolean {
  return Boolean(dev ?? optional ?? devOptional ?? link)
}

/** Without nested packages: the lock file names those by themselves. */
function folderSize(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && !join(entry.parentPath, entry.name).slice(folder.length).includes('node_modules'),
    )
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
