import type { Answer } from '../../standin/answer.ts'
import type { WriteContext } from '../../model-face.ts'
import { isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { writeMessageStream, writeMessageWhole } from '../../protocols/messages/write.ts'
import { newNonce } from '../../seals.ts'
import { sseEvent } from '../../server/outcome.ts'
import type { EmulatorState } from '../../state.ts'
import { invalid } from './refuse.ts'

/** A search that the service ran itself: its two blocks, and what the text then cites. */
interface Search {
  readonly use: JsonObject
  readonly result: JsonObject
  readonly citation: JsonObject
}

/** The search that a question asks for ("search the web for x"), where the request has the tool for it. */
function searchOf({ request, conversation, state }: WriteContext): Search | undefined {
  const hasTool = objectsOf(request['tools']).some(({ type }) => stringOf(type).startsWith('web_search_'))
  const query = /\bsearch the web for (.+)/i.exec(conversation.question)?.[1]?.replace(/[.?!]$/, '')
  if (!hasTool || query === undefined) return undefined
  const id = `srvtoolu_01${newNonce()}`
  const url = `https://example.com/${encodeURIComponent(query)}`
  const seal = (): string => state.seals.seal('encrypted', newNonce(), url, 200)
  const page = { type: 'web_search_result', title: `About ${query}`, url, page_age: 'November 1, 2026' }
  return {
    use: { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    result: {
      type: 'web_search_tool_result',
      tool_use_id: id,
      content: [{ ...page, encrypted_content: seal() }],
    },
    citation: {
      type: 'web_search_result_location',
      url,
      title: page.title,
      encrypted_index: seal(),
      cited_text: `All there is to know about ${query}.`,
    },
  }
}

const counted = (usage: unknown): JsonObject => ({
  ...(isObject(usage) ? usage : {}),
  server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
})

/** A whole message, with the search that it asked for. */
export function writeWhole(answer: Answer, context: WriteContext): unknown {
  const message = writeMessageWhole(answer, context)
  const search = searchOf(context)
  if (search === undefined || !isObject(message)) return message
  const content = objectsOf(message['content']).map((block) =>
    block['type'] === 'text' ? { ...block, citations: [search.citation] } : block,
  )
  return { ...message, content: [search.use, search.result, ...content], usage: counted(message['usage']) }
}

/** The stream of a message: the blocks of a search come first, and the text ends with its citation. */
export function writeStream(answer: Answer, context: WriteContext): readonly string[] {
  const lines = writeMessageStream(answer, context)
  const search = searchOf(context)
  if (search === undefined) return lines
  const [start = '', ...rest] = lines
  const texts = new Set<number>()
  const moved = rest.flatMap((line): readonly string[] => {
    const event: unknown = JSON.parse(line.slice(line.indexOf('data: ') + 'data: '.length))
    if (!isObject(event)) return [line]
    const name = stringOf(event['type'])
    if (name === 'message_delta') return [sseEvent({ ...event, usage: counted(event['usage']) }, name)]
    if (typeof event['index'] !== 'number') return [line]
    const index = event['index'] + 2
    if (isObject(event['content_block']) && event['content_block']['type'] === 'text') texts.add(index)
    const cited =
      name === 'content_block_stop' && texts.has(index)
        ? [block('content_block_delta', index, { delta: { type: 'citations_delta', citation: search.citation } })]
        : []
    return [...cited, sseEvent({ ...event, index }, name)]
  })
  const input = JSON.stringify(search.use['input'])
  return [
    start,
    block('content_block_start', 0, { content_block: { ...search.use, input: {} } }),
    block('content_block_delta', 0, { delta: { type: 'input_json_delta', partial_json: input } }),
    block('content_block_stop', 0),
    block('content_block_start', 1, { content_block: search.result }),
    block('content_block_stop', 1),
    ...moved,
  ]
}

const block = (type: string, index: number, more: JsonObject = {}): string => sseEvent({ type, index, ...more }, type)

/** What was found comes back sealed, and only to whom it was given. */
export function checkSearchResults(body: JsonObject, { seals }: EmulatorState): void {
  for (const [index, { content }] of objectsOf(body['messages']).entries()) {
    for (const [at, part] of objectsOf(content).entries()) {
      if (part['type'] !== 'web_search_tool_result') continue
      for (const found of objectsOf(part['content'])) {
        if (found['type'] !== 'web_search_result') continue
        if (seals.open('encrypted', stringOf(found['encrypted_content'])) !== undefined) continue
        throw invalid(`messages.${index}.content.${at}: Invalid \`encrypted_content\` in \`search_result\` block`)
      }
    }
  }
}
