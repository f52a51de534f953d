import type { ToolBinaryResult, ToolResultObject } from './tool.ts'

/** One block of an MCP server's answer to a tool call, as far as it can be told to a model. */
export type McpContent =
  | { type: 'text'; text: string }
  | { type: 'image' | 'audio'; data: string; mimeType: string }
  | { type: 'resource'; resource: { uri: string; mimeType?: string; text?: string; blob?: string } }
  | { type: 'resource_link'; uri: string; name?: string }

/** An MCP server's answer to a tool call. */
export interface McpCallToolResult {
  content: McpContent[]
  isError?: boolean
}

/**
 * An MCP `CallToolResult` as a tool result: texts joined by line breaks, images and blobs beside them.
 *
 * @param callResult What `tools/call` answered.
 * @returns The result, a failure when the server said so.
 */
export function convertMcpCallToolResult(callResult: McpCallToolResult): ToolResultObject {
  const texts: string[] = []
  const binaries: ToolBinaryResult[] = []
  for (const block of callResult.content) {
    switch (block.type) {
      case 'text':
        texts.push(block.text)
        break
      case 'image':
        binaries.push({ data: block.data, mimeType: block.mimeType, type: 'image' })
        break
      case 'audio':
        binaries.push({ data: block.data, mimeType: block.mimeType, type: 'resource' })
        break
      case 'resource_link':
        texts.push(block.name === undefined ? block.uri : `${block.name}: ${block.uri}`)
        break
      case 'resource': {
        const { uri, mimeType, text, blob } = block.resource
        if (text) texts.push(text)
        if (blob)
          binaries.push({
            data: blob,
            mimeType: mimeType || 'application/octet-stream',
            type: 'resource',
            description: uri,
          })
        break
      }
    }
  }
  return {
    textResultForLlm: texts.join('\n'),
    resultType: callResult.isError === true ? 'failure' : 'success',
    ...(binaries.length > 0 ? { binaryResultsForLlm: binaries } : {}),
  }
}

/** What a handler gave, as a whole result: a text as it is, any other value as JSON. */
export function toToolResult(value: unknown): ToolResultObject {
  if (isToolResultObject(value)) return value
  if (typeof value === 'string') return { textResultForLlm: value, resultType: 'success' }
  return { textResultForLlm: JSON.stringify(value ?? null) ?? 'null', resultType: 'success' }
}

/** A failed result; the model reads the message. */
export function failedResult(
  message: string,
  resultType: ToolResultObject['resultType'] = 'failure',
): ToolResultObject {
  return { textResultForLlm: message, resultType, error: message }
}

function isToolResultObject(value: unknown): value is ToolResultObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    'textResultForLlm' in value &&
    typeof value.textResultForLlm === 'string' &&
    'resultType' in value &&
    typeof value.resultType === 'string'
  )
}
