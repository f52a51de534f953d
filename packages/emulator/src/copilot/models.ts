import { badRequest, Refusal } from '../refusal.ts'
import { isObject, stringOf, stringsOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { newNonce } from '../seals.ts'
import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import { readModel } from './catalog.ts'
import type { ModelEntry } from '../model.ts'

/** `GET /models` with Q8, Q9 and Q11. */
export function listModels(_call: Call, state: EmulatorState): Outcome {
  const { quirks } = state
  if (quirks['models-rate-limited'] && state.modelListServed) {
    throw new Refusal(429, 'Too many requests', { code: 'rate_limited', headers: { 'retry-after': '30' } })
  }
  state.modelListServed = true
  const seen = new Set<string>()
  const entries = state.models.filter((model) => {
    if (quirks['models-odd-entries']) return true
    if (model.type !== 'chat' || seen.has(model.id)) return false
    seen.add(model.id)
    return true
  })
  return jsonOutcome({ data: entries.map((model) => listed(model.wire, state)), object: 'list' })
}

function listed(wire: JsonObject, { quirks }: EmulatorState): JsonObject {
  const picked = quirks['models-picker-disabled'] ? { ...wire, model_picker_enabled: false } : wire
  if (!quirks['models-sparse']) return picked
  const { supported_endpoints: _endpoints, policy: _policy, ...rest } = picked
  const capabilities = isObject(rest['capabilities']) ? rest['capabilities'] : {}
  const { limits: _limits, supports: _supports, ...kept } = capabilities
  return { ...rest, capabilities: kept }
}

/** The model that a call names; throws `model_not_supported` (policy, unknown) or `unsupported_api_for_model`. */
export function findModel(id: string, path: string, { models, quirks }: EmulatorState): ModelEntry {
  const model = models.find((entry) => entry.id === id)
  if (model === undefined || (model.disabled && quirks['policy-checked'])) {
    throw badRequest('The requested model is not supported.', 'model_not_supported', {
      param: 'model',
      type: 'invalid_request_error',
    })
  }
  if (quirks['endpoint-checked'] && !model.endpoints.includes(path)) {
    throw badRequest(`model "${id}" is not accessible via the ${path} endpoint`, 'unsupported_api_for_model')
  }
  return model
}

/** `POST /models/<id>/policy`: enables or disables a model that has a policy. */
export function setPolicy(call: Call, state: EmulatorState): Outcome {
  const id = decodeURIComponent(call.path.split('/')[2] ?? '')
  const wanted = isObject(call.body) ? stringOf(call.body['state']) : ''
  if (wanted !== 'enabled' && wanted !== 'disabled') throw badRequest('state must be enabled or disabled')
  const model = state.models.find((entry) => entry.id === id)
  if (model === undefined) throw new Refusal(404, 'model not found', { code: 'not_found' })
  const policy = model.wire['policy']
  if (!isObject(policy)) throw badRequest(`model ${id} has no policy to set`)
  if (state.quirks['policy-changes-list']) {
    const changed = readModel({ ...model.wire, policy: { ...policy, state: wanted } })
    state.models = state.models.map((entry) => (entry.id === id ? changed : entry))
  }
  return jsonOutcome({ state: wanted })
}

/** `POST /models/session`: auto mode. The session token lives an hour. */
export function startSession(call: Call, state: EmulatorState): Outcome {
  const mode = isObject(call.body) ? call.body['auto_mode'] : undefined
  if (!isObject(mode)) throw badRequest('auto_mode is required')
  const available = state.models.filter((model) => model.type === 'chat' && !model.disabled).map(({ id }) => id)
  const hints = stringsOf(mode['model_hints'])
  const offered = [...new Set(available)].filter((id) => /^(gpt-4\.1|gpt-5-mini|claude-sonnet-4\.6|gpt-5\.2)$/.test(id))
  const [selected = ''] = [...offered.filter((id) => hints.includes(id)), ...offered]
  const expires = Math.floor(state.options.now() / 1000) + 3600
  return jsonOutcome({
    available_models: offered,
    selected_model: selected,
    session_token: state.seals.seal('session', newNonce(), String(expires)),
    expires_at: expires,
    discounted_costs: Object.fromEntries(offered.map((id) => [id, 0.1])),
  })
}

/** `POST /models/session/intent`: which of the offered models fits a prompt. */
export function routeIntent(call: Call, state: EmulatorState): Outcome {
  checkSession(call, state)
  // The official client sends this JSON as text/plain.
  const body = isObject(call.body) ? call.body : {}
  const candidates = stringsOf(body['available_models'])
  const hard = stringOf(body['prompt']).length > 200
  return jsonOutcome({
    predicted_label: hard ? 'needs_reasoning' : 'no_reasoning',
    confidence: 0.9,
    latency_ms: 4,
    candidate_models: candidates,
    chosen_model: candidates[0] ?? '',
    scores: { needs_reasoning: hard ? 0.9 : 0.1, no_reasoning: hard ? 0.1 : 0.9 },
    sticky_override: false,
    routing_method: 'hydra',
    copilot_plan: 'individual_pro',
  })
}

/** Refuses a session token that the service did not issue; a call without one is fine. */
export function checkSession(call: Call, state: EmulatorState): void {
  const token = stringOf(call.headers['copilot-session-token'])
  if (token === '') return
  if (state.seals.open('session', token) === undefined || state.quirks['session-expired']) {
    throw new Refusal(401, 'session token is invalid or has expired', { code: 'session_expired' })
  }
}
