import { checkFiles } from '../../config/check-files.ts'
import { findConfig, readConfig } from '../../config/config-file.ts'
import { homeFolder } from '../../config/home.ts'
import { excerpt, headline } from '../../config/problem.ts'
import type { Command } from '../context.ts'
import { exit } from '../exit-code.ts'
import { wrapLines } from '../terminal/wrap.ts'

/** As many as a person mends in one go. */
const shownAtMost = 20

/** Says every line of the config file that is wrong, and what is wrong with the files that it names. Changes nothing. */
export const check: Command = async ({ flags, env, out, say, style }) => {
  const path = findConfig(flags.config, homeFolder(flags.home, env))
  const loaded = path === undefined ? undefined : await readConfig(path, env)
  // What is wrong in the file comes first: until then it is not known what it names.
  const unsound = loaded?.problems ?? []
  const problems = loaded === undefined || unsound.length > 0 ? unsound : await checkFiles(loaded)
  const warnings = loaded?.warnings ?? []
  const status = problems.length === 0 ? exit.done : exit.failed
  if (flags.json) {
    out(JSON.stringify({ schema: 1, file: path ?? null, problems, warnings }))
    return status
  }
  for (const problem of problems.slice(0, shownAtMost)) {
    out(style.red(wrapLines(`✕ ${headline(loaded?.name ?? '', problem)}`, style)))
    if (problem.shown !== '') out(`  ${excerpt(problem)}`)
    out(wrapLines(`  Fix   ${problem.fix}`, style))
  }
  if (problems.length > shownAtMost)
    out(`… and ${problems.length - shownAtMost} more: mend these first, or see all with --json.`)
  for (const warning of warnings) say(`! ${warning}`)
  if (problems.length === 0)
    out(path === undefined ? 'No config file: everything is at its default.' : `${style.green('✓')} ${path} is right.`)
  return status
}
