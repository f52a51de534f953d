import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A package that is ready to be published. */
export interface Packed {
  readonly name: string
  /** The staged folder, as `npm publish` takes it. */
  readonly folder: string
  /** The file that `npm pack` made of it. */
  readonly tarball: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

const apache = 'LICENSE-Apache-2.0.txt'
const root = fileURLToPath(new URL('..', import.meta.url))

/** In the order in which they are to be published: each depends only on those before it. */
const packages: readonly string[] = ['protocols', 'engine', 'emulator', 'gateway', 'sdk']

/** What only the checkout needs. */
const private_: ReadonlySet<string> = new Set(['devDependencies', 'scripts', 'private'])

/** Builds every package, stages it in `to/<name>` and packs it into `to`. Throws when the code does not compile. */
export function packAll(to: string): readonly Packed[] {
  run('npx', ['tsc', '-b', 'packages/gateway', 'packages/sdk'], root)
  const manifests = packages.map((folder) => readManifest(folder))
  const versions = new Map(manifests.map(({ name, version }) => [name, version]))
  return manifests.map((manifest, index) => {
    const folder = join(to, basename(manifest.name))
    stage(join(root, 'packages', packages[index] ?? ''), folder, manifest, versions)
    const said = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', to], folder)
    return { name: manifest.name, folder, tarball: join(to, tarballOf(said)) }
  })
}

function readManifest(folder: string): Manifest {
  // Our own package.json: npm itself refuses one without name and version.
  return JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest
}

function stage(from: string, to: string, manifest: Manifest, versions: ReadonlyMap<string, string>): void {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  copyBuilt(from, to)
  for (const folder of manifest.files ?? []) {
    if (folder !== 'dist') cpSync(join(from, folder), join(to, folder), { recursive: true })
  }
  for (const name of ['LICENSE', 'NOTICE']) cpSync(join(root, name), join(to, name))
  // Its schemas are derived from types under that licence.
  if (manifest.name === '@crossfeed/emulator') cpSync(join(root, 'docs/licences/Apache-2.0.txt'), join(to, apache))
  const readme = manifest.name === 'crossfeed' ? join(root, 'README.md') : join(from, 'README.md')
  cpSync(readme, join(to, 'README.md'))
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(published(manifest, versions), undefined, 2)}\n`)
}

/** Copies what the compiler made of each source file; whatever else lies in `dist` is of an earlier build. */
function copyBuilt(from: string, to: string): void {
  for (const source of readdirSync(join(from, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!source.endsWith('.ts') || /\.test(-support)?\.ts$/.test(source)) continue
    const stem = source.slice(0, -'.ts'.length)
    const target = join(to, 'dist', stem)
    mkdirSync(dirname(target), { recursive: true })
    // The maps lead to sources that are not in the package, so neither they nor their mention are.
    const code = readFileSync(join(from, 'dist', `${stem}.js`), 'utf8')
    writeFileSync(`${target}.js`, code.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'))
    cpSync(join(from, 'dist', `${stem}.d.ts`), `${target}.d.ts`)
  }
}

/** The manifest with its entries in `dist`, and our own packages at the versions that are packed with it. */
function published(manifest: Manifest, versions: ReadonlyMap<string, string>): object {
  const kept = Object.entries(manifest).filter(([member]) => !private_.has(member))
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, range]) => {
    return [name, versions.get(name) ?? range] as const
  })
  return {
    ...Object.fromEntries(kept),
    ...(manifest['imports'] === undefined ? {} : { imports: inDist(manifest['imports']) }),
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: [...(manifest.files ?? []), 'NOTICE', 'LICENSE*'],
    ...(dependencies.length === 0 ? {} : { dependencies: Object.fromEntries(dependencies) }),
  }
}

function inDist(entries: unknown): unknown {
  return JSON.parse(JSON.stringify(entries).replaceAll(/"\.\/src\/([^"]+)\.ts"/g, '"./dist/$1.js"'))
}

/** The file's name in what `npm pack --json` says: a list in npm 10 and 11, a map by name in later ones. */
function tarballOf(said: string): string {
  const filename = /"filename":\s*"([^"]+\.tgz)"/.exec(said)?.[1]
  if (filename === undefined) throw new Error(`npm pack named no file: ${said.slice(0, 300)}`)
  return basename(filename)
}

function run(command: string, words: readonly string[], cwd: string): string {
  const shell = process.platform === 'win32'
  return execFileSync(command, words, { cwd, shell, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

if (import.meta.main) {
  for (const { name, tarball } of packAll(join(root, 'build'))) console.log(`${name}  ${tarball}`)
}
