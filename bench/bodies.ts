import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The request bodies that the scenarios send. */
export type BodyName = 'chat' | 'chat-stream' | 'messages' | 'messages-stream' | 'agent' | 'count' | 'count-tiny'

const model = 'gpt-4o'
const system = 'You are a helpful assistant.'

/** Writes every body as `<name>.json` into `folder`, the same bytes each time. */
export function writeBodies(folder: string): void {
  const write = createWriter(20_260_101)
  const question = `In two sentences: what does a reverse proxy do? ${write(300)}`
  const turn = { role: 'user', content: question }
  const chat = { model, messages: [{ role: 'system', content: system }, turn], max_tokens: 256, temperature: 0.2 }
  const messages = { model, max_tokens: 256, system, messages: [turn] }
  const bodies: Record<BodyName, unknown> = {
    chat,
    'chat-stream': { ...chat, stream: true, stream_options: { include_usage: true } },
    messages,
    'messages-stream': { ...messages, stream: true },
    agent: agentRequest(write),
    count: { model, messages: [{ role: 'user', content: write(820_000) }] },
    'count-tiny': { model, messages: [{ role: 'user', content: 'hi' }] },
  }
  for (const [name, body] of Object.entries(bodies)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(body))
}

/** The shape of a long coding session: 40 tools, 100 tool rounds and one more question, about 1 MB. */
function agentRequest(write: (length: number) => string): unknown {
  const messages: unknown[] = [{ role: 'user', content: [{ type: 'text', text: write(6000) }] }]
  for (let round = 0; round < 100; round++) {
    const id = `toolu_${round}`
    const input = { path: `/src/part-${round}.ts`, content: write(900) }
    const result = { type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: write(6900) }] }
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: write(700) },
          { type: 'tool_use', id, name: `tool_${round % 40}`, input },
        ],
      },
      { role: 'user', content: [result, { type: 'text', text: write(200) }] },
    )
  }
  const tools = Array.from({ length: 40 }, (_, index) => agentTool(`tool_${index}`, write))
  const opening = [{ type: 'text', text: write(12_000), cache_control: { type: 'ephemeral' } }]
  return { model, max_tokens: 1024, system: opening, tools, messages, metadata: { user_id: 'bench' } }
}

function agentTool(name: string, write: (length: number) => string): unknown {
  const properties = {
    path: { type: 'string', description: write(160) },
    limit: { type: 'number', description: write(120) },
    mode: { type: 'string', enum: ['read', 'write', 'append'], description: write(80) },
    edits: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: { type: 'string' }, text: { type: 'string', description: write(90) } },
      },
    },
  }
  return { name, description: write(1200), input_schema: { type: 'object', required: ['path'], properties } }
}

const words = (
  'a the of to and in is that for it as with on by this from or when which while one request reply stream token model ' +
  'client server proxy latency buffer connection handler message content system result schema value string number ' +
  'because nobody waits longer than necessary however every answer arrives eventually'
).split(' ')

const code = [
  'export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {',
  '  const parts: Uint8Array[] = []',
  '  for await (const part of source) parts.push(part)',
  '  if (parts.length === 0) throw new RangeError("nothing arrived: is the peer still there?")',
  '  return Buffer.concat(parts) // one copy, see issue #812',
  '}',
  'const table = new Map(entries.map(({ name, value }, index) => [name, { value, index }]))',
]

/** Writes prose and code by turns, as long as asked for; with the same seed always the same text. */
function createWriter(seed: number): (length: number) => string {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const sentence = (): string => {
    const picked = Array.from({ length: 8 + below(16) }, () => words[below(words.length)])
    return `${picked.join(' ')} ${below(1_000_000)}. `
  }
  return (length) => {
    let text = ''
    while (text.length < length) text += below(3) > 0 ? sentence() : `\n${code[below(code.length)]}\n`
    return text.slice(0, length)
  }
}
