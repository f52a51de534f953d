import { readFile } from 'node:fs/promises'
import type { Explanation, Stop } from '@crossfeed/engine'
import {
  chat,
  GatewayError,
  isObject,
  messages,
  parseJson,
  responses,
  type JsonObject,
  type Protocol,
  type ProtocolId,
  tellError,
} from '@crossfeed/protocols'
import { usageError } from '../../config/settings.ts'
import { settingsOf, withApp, type Command, type Context } from '../context.ts'
import { withSupplies } from '../emulated.ts'
import { exit } from '../exit-code.ts'
import type { Style } from '../terminal/style.ts'

const protocols: { readonly [P in ProtocolId]: Protocol } = { messages, responses, chat }
const clients: { readonly [P in ProtocolId]: string } = {
  messages: 'Messages (Claude Code, Anthropic SDK)',
  responses: 'Responses (Codex, OpenAI SDK)',
  chat: 'Chat Completions (OpenAI SDK, others)',
}

/** The smallest request of each protocol, for when none is given. */
const samples: { readonly [P in ProtocolId]: JsonObject } = {
  messages: { max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] },
  responses: { input: 'Hello' },
  chat: { messages: [{ role: 'user', content: 'Hello' }] },
}

/** Says how a request for a model would travel and what would be lost. Sends nothing. */
export const routeExplain: Command = async (context) => {
  const model = context.words[0]
  if (model === undefined) throw usageError('route explain needs a model', 'crossfeed route explain <model>')
  const settings = await settingsOf(context)
  const given = context.flags.request === undefined ? undefined : await readRequest(context.flags.request)
  const asked = given ? [protocolOf(context, given)] : chosen(context)
  const explained = await withSupplies(context, settings, (chosenSettings) =>
    withApp(context, chosenSettings, async ({ engine }) => {
      const results: { from: ProtocolId; explanation: Explanation }[] = []
      for (const from of asked) {
        const body = { ...(given ?? samples[from]), model }
        const raw = Buffer.from(JSON.stringify(body))
        const call = { protocol: protocols[from], body, raw, headers: {}, path: '', requestId: 'explain' }
        results.push({ from, explanation: await engine.explain(call) })
      }
      return results
    }),
  )
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, model, routes: explained.map(describe) }))
  else
    explained.forEach(({ from, explanation }, index) => {
      if (index > 0) context.out('')
      say(context, from, explanation)
    })
  return explained.some(({ explanation }) => explanation.stops.some((stop) => !stop.refusal)) ? exit.done : exit.failed
}

function chosen({ flags }: Context): readonly ProtocolId[] {
  return flags.as === undefined ? ['messages', 'responses', 'chat'] : [protocolCalled(flags.as)]
}

function protocolCalled(name: string): ProtocolId {
  if (name === 'messages' || name === 'responses' || name === 'chat') return name
  throw usageError(`--as ${name} is no protocol`, 'Give messages, responses or chat.')
}

/** The protocol of a request by its shape: only Responses has `input`, only Messages demands `max_tokens` or has `system`. */
function protocolOf({ flags }: Context, body: JsonObject): ProtocolId {
  if (flags.as !== undefined) return protocolCalled(flags.as)
  if (body['input'] !== undefined) return 'responses'
  if (body['system'] !== undefined || body['anthropic_version'] !== undefined) return 'messages'
  return body['max_tokens'] !== undefined && body['stream_options'] === undefined ? 'messages' : 'chat'
}

async function readRequest(file: string): Promise<JsonObject> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      `The request file ${file} cannot be read (${error.code ?? 'unknown'})`,
      'Give the path of a JSON file.',
    )
  })
  const body = parseJson(text)
  if (isObject(body)) return body
  throw new GatewayError('invalid-request', 400, `${file} is no JSON object`, {
    reason: 'usage',
    fix: 'Give a request body as a client sends it.',
  })
}

function describe({ from, explanation }: { from: ProtocolId; explanation: Explanation }): object {
  const stops = explanation.stops.map(({ refusal, ...stop }) => ({
    ...stop,
    ...(refusal && { refusal: { message: tellError(refusal), reason: refusal.reason ?? null } }),
  }))
  return { from, alias: explanation.alias ?? null, stops }
}

function say({ out, style }: Context, from: ProtocolId, { asked, alias, stops }: Explanation): void {
  out(style.bold(clients[from]))
  if (alias !== undefined)
    out(`  ${asked} is an alias of ${stops.filter((stop) => stop.turn === 'first').length} targets`)
  stops.forEach((stop, index) => {
    for (const line of linesOf(stop, index, style)) out(`  ${line}`)
  })
}

function linesOf(stop: Stop, index: number, style: Style): readonly string[] {
  const { provider, model, plan, address, changes, losses, refusal } = stop
  const head = `${index + 1}. ${provider}/${model}${turnOf(stop, index)}`
  const way = plan && (plan.mode === 'relay' ? `relayed as ${plan.to}` : `translated ${plan.from} > ${plan.to}`)
  return [
    way === undefined ? head : `${head}, ${way}`,
    ...(address === undefined ? [] : [`   to      ${address}`]),
    ...(changes.length === 0 ? [] : [`   changed ${changes.join(', ')}`]),
    ...losses.map((loss) => style.yellow(`   lost    ${loss.path}: ${loss.why}`)),
    ...(refusal === undefined ? [] : [style.red(`   refused ${tellError(refusal)}`)]),
  ]
}

function turnOf({ turn }: Stop, index: number): string {
  if (turn === 'first') return index === 0 ? '' : ' (if that fails)'
  if (turn === 'fallback') return ' (fallback)'
  return turn === 'context-window' ? ' (if the context is too long)' : ' (if the content is refused)'
}
