import { rawOutcome } from '../standin/compose.ts'
import { isObject, stringOf } from '../json.ts'
import { defaultQuirks, quirkNames } from '../quirks.ts'
import { Refusal } from '../refusal.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import type { UpstreamFace } from './face.ts'

/** Copilot's habits are its own: on every other face all of them are off but those that are named after another service. */
const plain = Object.assign(defaultQuirks(), Object.fromEntries(quirkNames.map((name) => [name, false])))
const ofOthers = quirkNames.filter((name) => /^(?:codex|anthropic)-/.test(name))
const quirksOf = ({ quirks }: EmulatorState): EmulatorState['quirks'] =>
  Object.assign({ ...plain }, Object.fromEntries(ofOthers.map((name) => [name, quirks[name]])))

/** Answers a call to an upstream under a prefix: a scripted answer for a path that is no model call, then the face. */
export async function answerFace(face: UpstreamFace, call: Call, state: EmulatorState): Promise<Outcome> {
  const headers = face.headers?.(call, state) ?? {}
  const within = (outcome: Outcome): Outcome => ({ ...outcome, headers: { ...headers, ...outcome.headers } })
  try {
    const scripted = face.isModelCall(call) ? undefined : scriptedOutcome(call, state)
    return within(scripted ?? (await face.answer(call, { ...state, quirks: quirksOf(state) })))
  } catch (error) {
    if (error instanceof Refusal) return within(face.writeRefusal(error, call))
    throw error
  }
}

/** A scripted answer for a path that is no model call (a list of models, a sign-in); nothing when no step names it. */
export function scriptedOutcome(call: Call, state: EmulatorState): Outcome | undefined {
  const model = isObject(call.body) ? stringOf(call.body['model']) : ''
  const face = call.face === undefined ? {} : { face: call.face }
  const step = state.playbook.take({ ...face, path: call.path, model, body: call.raw, isModelCall: false })
  return step === undefined ? undefined : rawOutcome(step)
}
