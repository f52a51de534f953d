import type { Model, ServedModel } from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { writeCount } from '../../observe/request-line.ts'
import { fittingTable, table } from '../terminal/chart.ts'
import type { Settings } from '../../config/settings.ts'
import { settingsOf, withApp, type Command, type Context } from '../context.ts'
import { withSupplies } from '../emulated.ts'
import { exit } from '../exit-code.ts'
import { servedModels } from '../served-models.ts'
import { unlistedSupplies } from '../unlisted.ts'

/** Lists the models, or those whose name contains the word. */
export const models: Command = async (context) => {
  const settings = await settingsOf(context)
  return withSupplies(context, settings, (chosen) => list(context, chosen))
}

async function list(context: Context, settings: Settings): Promise<number> {
  const [word] = context.words
  const { all, near } = await withApp(context, settings, async ({ engine }) => {
    return { all: await servedModels(engine), near: word === undefined ? [] : engine.nearestModels(word) }
  })
  const shown = word === undefined ? all : all.filter((model) => matches(model, word))
  if (shown.length === 0 && word !== undefined) throw noModel(word, near)
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, models: shown.map(describe) }))
  else writeTable(context, shown)
  for (const [name, unlisted] of unlistedSupplies(settings)) context.say(`${name}: ${unlisted}`)
  return exit.done
}

function writeTable(context: Context, shown: readonly ServedModel[]): void {
  const head = ['model', 'context', 'prompt', 'output', 'endpoints', 'USD per million in / out']
  const rows = shown.map((model) => {
    const { context: window, prompt, output } = model.limits
    const kinds = model.embeddings ? ['embeddings'] : model.endpoints
    return [model.id, count(window), count(prompt), count(output), kinds.join(' '), writePrices(model)]
  })
  const right = [false, true, true, true]
  if (context.flags.plain) {
    for (const line of table(rows, right)) context.out(line)
    return
  }
  const { lines, left } = fittingTable([head, ...rows], right, context.style.width, [4, 2, 3])
  for (const line of lines) context.out(line)
  if (rows.some((row) => row.at(-1)?.startsWith('×')))
    context.say('×: how many premium requests of the plan a call counts as.')
  if (left.length > 0)
    context.say(`Left out for want of room: ${left.join(', ')}. A wider window has them, and --json.`)
}

function matches(model: Model, word: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replaceAll('.', '-')
  return plain(`${model.id} ${model.name}`).includes(plain(word))
}

function noModel(word: string, near: readonly string[]): GatewayError {
  const why = near.length === 0 ? '' : `\nNearest: ${near.join(', ')}.`
  const fix = near[0] === undefined ? 'crossfeed models' : `crossfeed models ${near[0]}`
  return new GatewayError('not-found', 404, `No model called ${word}${why}`, { reason: 'model-not-found', fix })
}

function describe(model: Model): object {
  const { id, name, vendor, endpoints, embeddings, limits, prices } = model
  return { id, name, vendor, endpoints, embeddings, limits, prices }
}

function count(tokens: number | undefined): string {
  return tokens === undefined ? '–' : writeCount(tokens)
}

/** Prices, or the factor that plans by request count with. */
function writePrices({ prices, multiplier }: Model): string {
  if (prices?.input === undefined || prices.output === undefined)
    return multiplier === undefined ? '–' : `×${multiplier}`
  const cached = prices.cacheRead === undefined ? '' : `, cached ${dollars(prices.cacheRead)}`
  return `${dollars(prices.input)} / ${dollars(prices.output)}${cached}`
}

function dollars(amount: number): string {
  return `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`
}
