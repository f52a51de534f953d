import { approveCodexDevices } from '../faces/codex/device.ts'
import { approveDevices } from '../github/device.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { isQuirkName } from '../quirks.ts'
import type { QuirkName } from '../quirks.ts'
import { Refusal } from '../refusal.ts'
import { createPlaybook, readScenario } from '../scenario.ts'
import type { Call, EmulatorState } from '../state.ts'
import { jsonOutcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** Switches quirks; throws a TypeError for a name that is none. */
export function setQuirks(state: EmulatorState, switches: JsonObject): void {
  const known: Partial<Record<QuirkName, boolean>> = {}
  for (const [name, value] of Object.entries(switches)) {
    if (!isQuirkName(name)) throw new TypeError(`unknown quirk: ${name}`)
    if (typeof value !== 'boolean') throw new TypeError(`quirk ${name} has to be true or false`)
    known[name] = value
  }
  Object.assign(state.quirks, known)
}

/** The user enters a device code of GitHub or of ChatGPT; without one, all that wait. Gives how many were approved. */
export const approve = (userCode: string | undefined, state: EmulatorState): number =>
  approveDevices(userCode, state) + approveCodexDevices(userCode, state)

/** Makes every exchanged token of Copilot and every access token of ChatGPT that exists expired. */
export function expireTokens(state: EmulatorState): void {
  state.tokensValidFrom = state.options.now() + 1
}

/** The paths under `/__`: how tests and people steer the emulator. Nothing for any other path. */
export function control(call: Call, state: EmulatorState): Outcome | undefined {
  if (!call.path.startsWith('/__')) return undefined
  try {
    return steer(call, state)
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal(400, error.message, { body: { error: error.message } })
    throw error
  }
}

function steer(call: Call, state: EmulatorState): Outcome | undefined {
  const body = isObject(call.body) ? call.body : {}
  switch (`${call.method} ${call.path}`) {
    case 'GET /__requests':
      return jsonOutcome(state.requests)
    case 'DELETE /__requests':
      state.requests = []
      return jsonOutcome({ cleared: true })
    case 'POST /__scenario':
      state.playbook = createPlaybook(readScenario(call.body))
      return jsonOutcome({ steps: state.playbook.left() })
    case 'POST /__quirks':
      setQuirks(state, body)
      return jsonOutcome(state.quirks)
    case 'POST /__approve':
      return jsonOutcome({
        approved: approve(typeof body['user_code'] === 'string' ? body['user_code'] : undefined, state),
      })
    case 'POST /__expire':
      expireTokens(state)
      return jsonOutcome({ expired: true })
    case 'GET /__state':
      return jsonOutcome({
        url: state.url,
        quirks: state.quirks,
        stepsLeft: state.playbook.left(),
        requests: state.requests.length,
        waitingCodes: [...state.devices.values()].map(({ userCode }) => userCode),
        models: state.models.map(({ id }) => id),
      })
    default:
      return undefined
  }
}
