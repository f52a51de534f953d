import type { Log, LogLine } from '@crossfeed/engine'
import type { CopilotClientOptions } from './options.ts'

const levels = ['none', 'error', 'warning', 'info', 'debug'] as const

/** A log on standard error from a level on. */
export function createLog(level: CopilotClientOptions['logLevel'] = 'none'): Log {
  const most = level === 'all' ? levels.length : levels.indexOf(level)
  const at = (name: (typeof levels)[number]) => (line: LogLine) => {
    if (levels.indexOf(name) <= most)
      process.stderr.write(`crossfeed ${name}: ${typeof line === 'function' ? line() : line}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warning'), error: at('error') }
}
