import { isObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Tool } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'

/** The API refuses a request with more breakpoints. */
const most = 4

type Owner = Part | Tool

interface Mark {
  readonly owner: Owner
  readonly path: string
  readonly system: boolean
}

/**
 * The parts and tools whose breakpoint is sent. Of more than four the last ones stay, in the API's order of tools, system,
 * messages, and always the last one of the system text, which every later request shares. Each one left out is reported.
 */
export function chooseMarks(prompt: Prompt, traits: Traits, lose: ReportLoss): ReadonlySet<Owner> {
  const marks = listMarks(prompt)
  if (traits.cacheMarks === 'none') {
    for (const { path } of marks) lose({ path, why: 'the model takes no cache breakpoints' })
    return new Set()
  }
  const room = most - (prompt.cache ? 1 : 0)
  if (marks.length <= room) return new Set(marks.map((mark) => mark.owner))
  const system = marks.findLast((mark) => mark.system)
  const others = marks.filter((mark) => mark !== system)
  const kept = new Set(others.slice(others.length - (system ? room - 1 : room)))
  if (system) kept.add(system)
  for (const mark of marks)
    if (!kept.has(mark)) lose({ path: mark.path, why: `only ${most} cache breakpoints are allowed` })
  return new Set([...kept].map((mark) => mark.owner))
}

function listMarks(prompt: Prompt): readonly Mark[] {
  const tools: Mark[] = []
  prompt.tools.forEach((tool, index) => {
    if (hasMark(tool)) tools.push({ owner: tool, path: `tools[${index}].cache`, system: false })
  })
  const system: Mark[] = []
  const messages: Mark[] = []
  prompt.turns.forEach((turn, index) => {
    const isSystem = turn.role === 'system' && turn.level !== undefined
    collect(turn.parts, `turns[${index}]`, isSystem, isSystem ? system : messages)
  })
  return [...tools, ...system, ...messages]
}

function collect(parts: readonly Part[], path: string, system: boolean, into: Mark[]): void {
  parts.forEach((part, index) => {
    const here = `${path}.parts[${index}]`
    if (part.kind === 'tool-result') collect(part.content, here, system, into)
    if (hasMark(part)) into.push({ owner: part, path: `${here}.cache`, system })
  })
}

function hasMark(owner: Owner): boolean {
  if (owner.kind === 'native') return owner.protocol === 'messages' && isObject(owner.value['cache_control'])
  if ('cache' in owner && owner.cache) return true
  return 'extras' in owner && isObject(owner.extras?.messages?.['cache_control'])
}
