import { textPart, toolCallPart, words } from '../answer.ts'
import type { Answer, AnswerPart, Finish, Usage } from '../answer.ts'
import type { Conversation } from '../conversation.ts'
import { authorizeCopilot } from '../github/credentials.ts'
import { isObject, stringOf } from '../json.ts'
import { badRequest, Refusal } from '../refusal.ts'
import type { ScenarioStep } from '../scenario.ts'
import { newNonce } from '../seals.ts'
import { jsonOutcome, sseEvent, streamOutcome } from '../server/outcome.ts'
import type { Outcome, Pacing } from '../server/outcome.ts'
import { speak } from '../standin.ts'
import type { Call, EmulatorState } from '../state.ts'
import { countSegments, countTokens } from '../tokens.ts'
import { findShapeError } from '../validate-shape.ts'
import { isClaude } from './catalog.ts'
import type { ModelFace } from './face.ts'
import { checkSession, findModel } from './models.ts'
import { quotaHeaders } from './quota.ts'
import { refuseByQuirk } from './unavailable.ts'

/** Serves a call to one of the three chat endpoints: checks it as the service does, then answers by script or stand-in. */
export async function answerModelCall(face: ModelFace, call: Call, state: EmulatorState): Promise<Outcome> {
  const headers = quotaHeaders(state)
  try {
    const conversation = await admit(face, call, state)
    const step = state.playbook.take({
      path: face.path,
      model: conversation.model.id,
      body: call.raw,
      isModelCall: true,
    })
    const raw = step === undefined ? undefined : rawOutcome(step)
    if (raw !== undefined) return { ...raw, headers: { ...headers, ...raw.headers } }
    const answer = step === undefined ? composeAnswer(conversation, state) : scriptedAnswer(step, conversation, state)
    const request = isObject(call.body) ? call.body : {}
    const context = { request, conversation, state, created: Math.floor(state.options.now() / 1000) }
    const outcome = conversation.stream
      ? streamOutcome(withComments(face.writeStream(answer, context), state), headers)
      : jsonOutcome(face.writeWhole(answer, context), 200, headers)
    return pace({ ...outcome, headers: { ...outcome.headers, ...step?.headers } }, step, state)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.status, error.message, {
      ...error.details,
      headers: { ...headers, ...error.details.headers },
    })
  }
}

/** Everything that can refuse a call, in the order of the service: identity, state of the service, shape, model, rules. */
async function admit(face: ModelFace, call: Call, state: EmulatorState): Promise<Conversation> {
  authorizeCopilot(call, state, true)
  refuseByQuirk(state)
  checkSession(call, state)
  const { body } = call
  if (!isObject(body)) throw new Refusal(400, 'bad request', { plain: 'Bad Request\n' })
  if (typeof body['model'] !== 'string') throw badRequest('model is required', 'bad_request')
  const model = findModel(body['model'], face.path, state)
  face.check(body, model, call, state)
  const wrong = await findShapeError(face.schema, face.forSchema(body))
  if (wrong !== undefined) throw badRequest(wrong)
  const conversation = face.read(body, model)
  if (conversation.attachments.some(({ mediaType }) => mediaType.startsWith('image'))) {
    if (!model.vision) throw badRequest('image media type not supported', 'invalid_request_body')
    if (state.quirks['vision-header-required'] && call.headers['copilot-vision-request'] !== 'true') {
      const plain = 'bad request: missing required Copilot-Vision-Request header for vision requests\n'
      throw new Refusal(400, 'vision header', { plain })
    }
  }
  const tokens = countSegments(conversation.segments)
  if (tokens > model.maxPromptTokens) throw face.overflow(conversation, tokens, state)
  if (conversation.maxTokens !== undefined && conversation.maxTokens > model.maxOutputTokens) {
    throw badRequest(
      `max_tokens: ${conversation.maxTokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    )
  }
  return conversation
}

function composeAnswer(conversation: Conversation, state: EmulatorState): Answer {
  const said = speak(conversation)
  const tokens = countSegments(conversation.segments)
  const compact = conversation.compactAt !== undefined && tokens > conversation.compactAt
  const parts: readonly AnswerPart[] = compact ? [{ type: 'compaction', nonce: newNonce() }, ...said.parts] : said.parts
  return { ...said, parts, usage: countUsage(parts, conversation, state), logprobs: conversation.logprobs }
}

function countUsage(
  parts: readonly AnswerPart[],
  { model, segments, face }: Conversation,
  state: EmulatorState,
): Usage {
  const explicit = isClaude(model)
  const { cached, written } = state.cache.use(`${face} ${model.id}`, segments, explicit)
  const count = (part: AnswerPart): number => {
    if (part.type === 'tool-call') return countTokens(part.name + part.arguments)
    return part.type === 'compaction' ? 0 : countTokens(part.text)
  }
  const reasoning = parts.filter(({ type }) => type === 'reasoning').reduce((sum, part) => sum + count(part), 0)
  const output = parts.reduce((sum, part) => sum + count(part), 0)
  return { input: countSegments(segments), output, cached, cacheWrite: written, reasoning }
}

function scriptedAnswer(step: ScenarioStep, conversation: Conversation, state: EmulatorState): Answer {
  const parts: AnswerPart[] = []
  if (step.reasoning !== undefined) {
    const {
      text = '',
      opaque,
      redacted,
    } = typeof step.reasoning === 'string' ? { text: step.reasoning } : step.reasoning
    if (opaque !== undefined) state.scripted.add(opaque)
    parts.push({
      type: 'reasoning',
      text,
      nonce: newNonce(),
      ...(opaque !== undefined && { opaque }),
      ...(redacted && { redacted }),
    })
  }
  if (step.text !== undefined) {
    const pieces = typeof step.text === 'string' ? words(step.text) : step.text
    const { citations, phase } = step
    parts.push({
      type: 'text',
      text: pieces.join(''),
      pieces,
      nonce: newNonce(),
      ...(citations && { citations }),
      ...(phase && { phase }),
    })
  }
  if (step.refusal !== undefined) parts.push({ type: 'refusal', text: step.refusal, nonce: newNonce() })
  for (const { arguments: given, ...call } of step.toolCalls ?? []) {
    parts.push(toolCallPart({ ...call, arguments: typeof given === 'string' ? given : JSON.stringify(given) }))
  }
  const usage = { ...countUsage(parts, conversation, state), ...step.usage }
  const finish = step.finish ?? finishOf(step)
  return {
    parts: parts.length === 0 && step.finish === undefined ? [textPart('')] : parts,
    finish,
    usage,
    ...(step.interleave && { interleave: true }),
    logprobs: step.logprobs ?? conversation.logprobs,
    ...(step.stopSequence !== undefined && { stopSequence: step.stopSequence }),
  }
}

function finishOf({ toolCalls = [], refusal }: ScenarioStep): Finish {
  if (toolCalls.length > 0) return 'tool-calls'
  return refusal === undefined ? 'stop' : 'refusal'
}

/** The answer of a step that scripts the wire itself (`status`, `body`, `error`, `sse`); nothing for any other step. */
export function rawOutcome(step: ScenarioStep): Outcome | undefined {
  const pacing = stepPacing(step)
  if (step.sse !== undefined) {
    const events = typeof step.sse === 'string' ? splitEvents(step.sse) : step.sse.map(writeEvent)
    const outcome = streamOutcome(events, step.headers)
    return { ...outcome, status: step.status ?? 200, pacing }
  }
  if (step.status === undefined && step.body === undefined && step.error === undefined) return undefined
  const body = step.error === undefined ? step.body : { error: step.error }
  const isText = typeof body === 'string'
  const contentType = step.contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json')
  return {
    status: step.status ?? (step.error === undefined ? 200 : 400),
    headers: { ...(body !== undefined && { 'content-type': contentType }), ...step.headers },
    chunks: body === undefined || body === '' ? [] : [isText ? body : JSON.stringify(body)],
    pacing,
  }
}

const splitEvents = (text: string): readonly string[] => text.match(/[\s\S]+?(?:\r?\n\r?\n|$)/g) ?? []

const writeEvent = (event: unknown): string =>
  sseEvent(event, isObject(event) && typeof event['type'] === 'string' ? event['type'] : undefined)

const stepPacing = ({ delay, cut }: ScenarioStep): Pacing => ({
  ...(delay?.headers !== undefined && { beforeHeaders: delay.headers }),
  ...(delay?.chunks !== undefined && { betweenChunks: delay.chunks }),
  ...(delay?.silence !== undefined && { silence: delay.silence }),
  ...(cut !== undefined && { cut }),
})

const withComments = (events: readonly string[], { quirks }: EmulatorState): readonly string[] =>
  quirks['stream-comments'] ? events.flatMap((event) => [': keep-alive\n\n', event]) : events

function pace(outcome: Outcome, step: ScenarioStep | undefined, { quirks, options }: EmulatorState): Outcome {
  const half = Math.floor(outcome.chunks.length / 2)
  const end = quirks['end-mid-stream'] ? 'end' : undefined
  const how = quirks['reset-mid-stream'] ? 'reset' : end
  const broken =
    outcome.chunks.length > 1 ? { afterEvents: half } : { afterBytes: Math.floor((outcome.chunks[0]?.length ?? 0) / 2) }
  const pacing: Pacing = {
    ...(quirks['silence-before-headers'] && { beforeHeaders: options.silence }),
    ...(quirks['silence-between-chunks'] && { silence: { afterEvents: half, ms: options.silence } }),
    ...(quirks['stream-awkward-bytes'] &&
      stringOf(outcome.headers['content-type']).startsWith('text/event-stream') && { awkward: true }),
    ...(how !== undefined && { cut: { ...broken, how } }),
    ...(step !== undefined && stepPacing(step)),
  }
  return { ...outcome, pacing }
}
