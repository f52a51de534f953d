import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { LargeToolOutputConfig } from '../session/config.ts'
import type { ToolResultObject } from './tool.ts'

/** A result as the model gets it: one that is too large as its beginning and the path of the rest. */
export type LimitOutput = (toolCallId: string, result: ToolResultObject) => Promise<ToolResultObject>

/** Keeps large results out of the context. */
export interface OutputLimiter {
  readonly limit: LimitOutput
  /** Removes the files, unless the program named a folder for them. */
  close(): Promise<void>
}

const defaultMost = 51_200
/** Characters of a large result that the model gets anyway. */
const shown = 4000

/** Creates the limit of one session. Files are readable by their owner only. */
export function createOutputLimiter(config: LargeToolOutputConfig = {}): OutputLimiter {
  const most = config.maxSizeBytes ?? defaultMost
  let made: Promise<string> | undefined
  const folder = async (): Promise<string> => {
    if (config.outputDirectory === undefined) return (made ??= mkdtemp(join(tmpdir(), 'crossfeed-output-')))
    const path = resolve(config.outputDirectory)
    await mkdir(path, { recursive: true, mode: 0o700 })
    return path
  }
  return {
    async limit(toolCallId, result) {
      const size = Buffer.byteLength(result.textResultForLlm)
      if (config.enabled === false || size <= most) return result
      const begin = `${result.textResultForLlm.slice(0, shown)}\n\n(The result has ${size} bytes; `
      try {
        // Some servers count the ids of their calls anew in every answer, and sessions may share a folder.
        const name = `${toolCallId.replaceAll(/[^\w-]/g, '_').slice(0, 64)}-${randomUUID().slice(0, 8)}.txt`
        const path = join(await folder(), name)
        await writeFile(path, result.textResultForLlm, { mode: 0o600 })
        return { ...result, textResultForLlm: `${begin}all of it is in ${path})` }
      } catch (error) {
        // A full disk must not cost the run: the model knows that it has not seen all.
        const why = error instanceof Error ? error.message : String(error)
        return { ...result, textResultForLlm: `${begin}the rest could not be kept: ${why})` }
      }
    },
    async close() {
      // A folder that could not be made has nothing to be removed.
      const path = await made?.catch(() => undefined)
      if (path !== undefined) await rm(path, { recursive: true, force: true })
    },
  }
}
