import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, Tool } from '../core/prompt.ts'

/**
 * The prompt with each tool once, as Messages, DeepSeek ("Tool names must be unique") and Gemini ("Duplicate function
 * declaration found") want them: clients that gather tools of several servers name some of them twice, which OpenAI takes. The
 * first stays; another one under its name is reported.
 */
export function distinctTools(prompt: Prompt, lose: ReportLoss): Prompt {
  const seen = new Map<string, Tool>()
  const tools = prompt.tools.filter((tool, at) => {
    if (tool.kind !== 'function' && tool.kind !== 'custom') return true
    const key = `${tool.namespace ?? ''}\0${tool.name}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, tool)
    else if (JSON.stringify(first) !== JSON.stringify(tool))
      lose({ path: `tools[${at}]`, why: `another tool is named ${tool.name} too: the first is sent` })
    return first === undefined
  })
  return tools.length === prompt.tools.length ? prompt : { ...prompt, tools }
}
