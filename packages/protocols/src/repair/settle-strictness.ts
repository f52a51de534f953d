import type { ReportLoss } from '../core/loss.ts'
import { isStrictSchema } from './openai-strict.ts'
import type { Prompt, Tool } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'

/**
 * The prompt of a Messages client with the strictness that OpenAI's protocols have a word for: a format, to which Messages holds
 * an answer unasked, is strict where its schema can be, and a strict tool is no longer where its schema cannot be (Messages lets
 * properties be left out).
 */
export function settleStrictness(prompt: Prompt, to: ProtocolId, lose: ReportLoss): Prompt {
  if (to === 'messages') return prompt
  const { format } = prompt
  const tools = prompt.tools.some(isTooStrict)
    ? prompt.tools.map((tool, index) => {
        if (!isTooStrict(tool)) return tool
        lose({ path: `tools[${index}].strict`, why: 'strict tools of OpenAI require each property and no other' })
        return { ...tool, strict: false }
      })
    : prompt.tools
  if (format?.kind !== 'schema' || format.strict !== undefined || !isStrictSchema(format.schema))
    return tools === prompt.tools ? prompt : { ...prompt, tools }
  return { ...prompt, tools, format: { ...format, strict: true } }
}

function isTooStrict(tool: Tool): boolean {
  return tool.kind === 'function' && tool.strict === true && !isStrictSchema(tool.schema ?? {})
}
