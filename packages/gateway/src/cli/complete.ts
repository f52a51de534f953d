import type { Command as Parser, Option } from 'commander'
import { commands, globalFlags, type FlagSpec } from './commands.ts'

/** What may stand where somebody is typing: words with what they mean, or names of files that the shell knows itself. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly { readonly word: string; readonly text: string }[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }

/** Names that only a gateway knows; `home` is what the line says of it. */
export type ModelNames = (home: string | undefined) => Promise<readonly string[]>

/**
 * What can stand in place of the last of `typed`, which is what was typed of it so far. Reads the tree of commands, so that
 * nothing here has to be kept in step with it.
 */
export async function complete(program: Parser, typed: readonly string[], models: ModelNames): Promise<Completion> {
  const at = follow(program, typed.slice(0, -1))
  const last = typed.at(-1) ?? ''
  // `--as=mes`, as some shells give it.
  const assigned = /^(--[\w-]+)=(.*)$/s.exec(last)
  const option = at.open ?? (assigned ? findOption(at.command, assigned[1] ?? '') : undefined)
  if (option !== undefined) {
    const found = await valuesOf(option)
    if (found.kind !== 'words' || at.open !== undefined) return matching(found, assignedValue(last, at.open))
    return matching(
      { ...found, words: found.words.map((one) => ({ ...one, word: `${assigned?.[1]}=${one.word}` })) },
      last,
    )
  }
  if (last.startsWith('-')) return matching({ kind: 'words', words: optionsOf(at.command) }, last)
  if (at.words > 0) return { kind: 'words', words: [] }
  const inner = at.command.commands.map((one) => ({ word: one.name(), text: one.description() }))
  const { wordValues = [] } = commands.find(({ name }) => name === at.path.join(' ')) ?? {}
  const values = wordValues === 'models' ? await models(at.home) : wordValues
  return matching({ kind: 'words', words: [...inner, ...values.map((word) => ({ word, text: '' }))] }, last)
}

/** Where the words before the last one lead. */
interface Place {
  readonly command: Parser
  readonly path: readonly string[]
  /** The option whose value comes next. */
  readonly open: Option | undefined
  /** How many words that are neither commands nor options. */
  readonly words: number
  readonly home: string | undefined
}

function follow(program: Parser, typed: readonly string[]): Place {
  let command = program
  let open: Option | undefined
  let home: string | undefined
  let words = 0
  const path: string[] = []
  for (const word of typed) {
    // bash makes a word of each sign of equality.
    if (word === '=' && open !== undefined) continue
    if (open !== undefined) {
      if (isHome(open)) home = word
      open = undefined
      continue
    }
    if (word.startsWith('-')) {
      const [, name = word, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
      const option = findOption(command, name)
      if (value === undefined && option?.required) open = option
      if (value !== undefined && isHome(option)) home = value
      continue
    }
    const inner = words === 0 ? command.commands.find((one) => one.name() === word) : undefined
    if (inner === undefined) words++
    else {
      command = inner
      path.push(word)
    }
  }
  return { command, path, open, words, home }
}

function isHome(option: Option | undefined): boolean {
  return option?.long === '--home' || option?.long === '--api-home'
}

function assignedValue(last: string, open: Option | undefined): string {
  return open !== undefined && last === '=' ? '' : last
}

/** The options of a command, and those of every command. */
function allOptions(command: Parser): readonly Option[] {
  let root = command
  while (root.parent) root = root.parent
  const all = [...new Set([...command.options, ...root.options])]
  return all.filter((one, index) => all.findIndex(({ long }) => long === one.long) === index)
}

function findOption(command: Parser, word: string): Option | undefined {
  return allOptions(command).find(({ long, short }) => long === word || short === word)
}

function optionsOf(command: Parser): readonly { readonly word: string; readonly text: string }[] {
  return allOptions(command).flatMap(({ long, description }) => (long ? [{ word: long, text: description }] : []))
}

async function valuesOf(option: Option): Promise<Completion> {
  if (option.flags.includes('<file>')) return { kind: 'file' }
  if (option.flags.includes('<dir>')) return { kind: 'folder' }
  const { values = [] } = specOf(option) ?? {}
  const words = typeof values === 'function' ? await values() : values
  return { kind: 'words', words: words.map((word) => ({ word, text: option.description })) }
}

function specOf({ flags, description }: Option): FlagSpec | undefined {
  const all = [...globalFlags, ...commands.flatMap((spec) => spec.flags)]
  return all.find((one) => one.flags === flags && one.text === description)
}

function matching(found: Completion, start: string): Completion {
  if (found.kind !== 'words') return found
  return { kind: 'words', words: found.words.filter(({ word }) => word.startsWith(start)) }
}
