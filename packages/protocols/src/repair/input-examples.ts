import type { FunctionTool, Prompt, Tool } from '../core/prompt.ts'

/**
 * The prompt with the examples of arguments that Messages has beside a tool's schema (`input_examples`) in its description: there
 * too its models read them with the tool ("Define tools" of the platform documentation).
 */
export function tellExamples(prompt: Prompt): Prompt {
  if (!prompt.tools.some(hasExamples)) return prompt
  return { ...prompt, tools: prompt.tools.map((tool) => (hasExamples(tool) ? described(tool) : tool)) }
}

function hasExamples(tool: Tool): tool is FunctionTool {
  if (tool.kind !== 'function') return false
  const examples = tool.extras?.messages?.['input_examples']
  return Array.isArray(examples) && examples.length > 0
}

function described(tool: FunctionTool): FunctionTool {
  const { input_examples: examples, ...others } = tool.extras?.messages ?? {}
  const lines = Array.isArray(examples) ? examples.map((example) => JSON.stringify(example)) : []
  const head = tool.description === undefined ? '' : `${tool.description}\n\n`
  const description = `${head}Examples of its input:\n${lines.join('\n')}`
  return { ...tool, description, extras: { ...tool.extras, messages: others } }
}
