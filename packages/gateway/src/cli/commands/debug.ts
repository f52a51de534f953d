import { existsSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { join } from 'node:path'
import { table } from '../terminal/chart.ts'
import { settingsOf, type Command } from '../context.ts'
import { openCredentials } from '../sign-in/credentials.ts'
import { exit } from '../exit-code.ts'
import { findRunning } from '../running.ts'

/** Shows what a bug report needs, and nothing secret: versions, paths, whether there is a sign-in. */
export const debug: Command = async (context) => {
  const settings = await settingsOf(context)
  const { hosts, store } = openCredentials(settings, context.env)
  const credentials = join(settings.home, 'credentials')
  const report = {
    schema: 1,
    version: context.version,
    runtime: {
      name: process.versions.bun === undefined ? 'node' : 'bun',
      version: process.versions.bun ?? process.versions.node,
      platform: platform(),
      release: release(),
      arch: arch(),
    },
    paths: { home: settings.home, config: settings.configFile ?? null, credentials },
    tokenExists: (await store.list()).some((one) => one.host === hosts.host),
    host: hosts.host,
    running: findRunning(settings.home) ?? null,
    warnings: settings.warnings,
  }
  if (context.flags.json) {
    context.out(JSON.stringify(report))
    return exit.done
  }
  const { runtime, paths } = report
  const rows = [
    ['Crossfeed', report.version],
    ['Runtime', `${runtime.name} ${runtime.version}, ${runtime.platform} ${runtime.release}, ${runtime.arch}`],
    ['Home', paths.home],
    ['Config', paths.config ?? 'none'],
    ['Credentials', `${paths.credentials}${existsSync(paths.credentials) ? '' : ' (not there yet)'}`],
    ['Signed in', report.tokenExists ? `yes, to ${report.host}` : `no sign-in for ${report.host} is kept here`],
    ['Running', report.running === null ? 'no' : `pid ${report.running.pid}, port ${report.running.port}`],
    ...report.warnings.map((warning) => ['Warning', warning]),
  ]
  for (const line of table(rows)) context.out(line)
  return exit.done
}
