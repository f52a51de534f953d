import { chatFace } from '../copilot/chat.ts'
import { answerEmbeddings } from '../copilot/embeddings.ts'
import { answerModelCall } from '../copilot/model-call.ts'
import { listModels, routeIntent, setPolicy, startSession } from '../copilot/models.ts'
import { exchangeToken, readAccount, readUser } from '../github/account.ts'
import { authorizeCopilot } from '../github/credentials.ts'
import { pollDevice, startDevice } from '../github/device.ts'
import { countMessageTokens, messagesFace } from '../copilot/messages.ts'
import { Refusal, writeRefusal } from '../refusal.ts'
import { responsesFace } from '../copilot/responses.ts'
import type { Call, EmulatorState } from '../state.ts'
import { answerFace, scriptedOutcome } from '../faces/answer.ts'
import { control } from './control.ts'
import { jsonOutcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'

type Handler = (call: Call, state: EmulatorState) => Outcome | Promise<Outcome>

/** A handler for callers that the Copilot API has let in. */
const authorized =
  (handler: Handler): Handler =>
  (call, state) => {
    authorizeCopilot(call, state, false)
    return handler(call, state)
  }

const routes: Readonly<Record<string, Handler>> = {
  'POST /login/device/code': startDevice,
  'POST /login/oauth/access_token': pollDevice,
  'GET /user': readUser,
  'GET /copilot_internal/v2/token': exchangeToken,
  'GET /copilot_internal/user': readAccount,
  'GET /models': authorized(listModels),
  'POST /models/session': authorized(startSession),
  'POST /models/session/intent': authorized(routeIntent),
  'GET /_ping': () => jsonOutcome({ ok: true }),
  'POST /embeddings': answerEmbeddings,
  'POST /v1/messages/count_tokens': countMessageTokens,
  ...Object.fromEntries(
    [chatFace, responsesFace, messagesFace].map((face): [string, Handler] => [
      `POST ${face.path}`,
      (call, state) => answerModelCall(face, call, state),
    ]),
  ),
}

const modelPaths: ReadonlySet<string> = new Set([chatFace.path, responsesFace.path, messagesFace.path, '/embeddings'])

/** Answers a call: control paths, then a scripted answer for a path that is no model call, then the route. */
export async function route(call: Call, state: EmulatorState): Promise<Outcome> {
  const face = state.faces.find(({ name }) => name === call.face)
  if (face !== undefined) return answerFace(face, call, state)
  try {
    const steered = control(call, state)
    if (steered !== undefined) return steered
    if (!modelPaths.has(call.path)) {
      const scripted = scriptedOutcome(call, state)
      if (scripted !== undefined) return scripted
    }
    const policy =
      call.method === 'POST' && /^\/models\/[^/]+\/policy$/.test(call.path) ? authorized(setPolicy) : undefined
    const handler = routes[`${call.method} ${call.path}`] ?? policy
    if (handler !== undefined) return await handler(call, state)
    throw new Refusal(404, 'not found', { plain: '404 page not found\n' })
  } catch (error) {
    if (error instanceof Refusal) return writeRefusal(error, call.path, state.quirks)
    throw error
  }
}
