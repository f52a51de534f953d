import { asGatewayError, GatewayError } from '@crossfeed/protocols'
import { anthropicEntry, listModels, modelEntry, readPage, type ModelReader } from './model-list.ts'
import { decodeName } from './path-name.ts'
import type { Route, Visit } from './surface.ts'
import { writeError, writeJson } from './write-error.ts'

/** The one list that OpenAI clients, Claude Code and Codex each read their way (EP-04…06, user-pain 6.3, 6.4). */
export const models: Route = {
  methods: ['GET', 'HEAD'],
  dialect: 'chat',
  handle(visit) {
    withList(visit, (list) => {
      writeJson(visit, 200, speaksMessages(visit) ? { ...list, data: list.data.map(anthropicEntry) } : list)
    })
  },
}

/** One entry of the list, by any spelling of its name. */
export const oneModel: Route = {
  methods: ['GET', 'HEAD'],
  dialect: 'chat',
  handle(visit) {
    const name = decodeName(visit.path.replace(/^.*?\/models\//, '').replace(/\/$/, ''))
    visit.parts.engine
      .findModel(name, visit.provider)
      .then((found) => {
        if (!found) throw notFound(name, visit.parts.engine.nearestModels(name))
        const id = visit.provider === undefined ? found.name : found.model.id
        const entry = modelEntry(found.model, id)
        writeJson(visit, 200, speaksMessages(visit) ? anthropicEntry(entry) : entry)
      })
      .catch((error: unknown) => fail(visit, error))
  },
}

function notFound(name: string, near: readonly string[]): GatewayError {
  const hint = near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''
  const message = `No model called ${name.slice(0, 200)}.${hint}`
  return new GatewayError('not-found', 404, message, { reason: 'model-not-found', fix: 'crossfeed models' })
}

function withList(visit: Visit, use: (list: ReturnType<typeof listModels>) => void): void {
  const { engine } = visit.parts
  const known = visit.provider === undefined ? engine.models() : engine.modelsOf(visit.provider)
  known
    .then((models) => use(listModels(models, reader(visit), readPage(visit.query))))
    .catch((error: unknown) => fail(visit, error))
}

function reader(visit: Visit): ModelReader {
  const agent = visit.request.headers['user-agent'] ?? ''
  if (/^codex/i.test(agent) || /(?:^|&)client_version=/.test(visit.query)) return 'codex'
  return /^claude-(?:code|cli)\//.test(agent) ? 'claude-code' : 'any'
}

function speaksMessages(visit: Visit): boolean {
  return visit.request.headers['anthropic-version'] !== undefined
}

function fail(visit: Visit, error: unknown): void {
  writeError(visit, asGatewayError(error), speaksMessages(visit) ? 'messages' : 'chat')
}
