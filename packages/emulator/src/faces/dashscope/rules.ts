import type { ModelEntry } from '../../model.ts'
import { checkToolTurns } from '../../dialect/admit.ts'
import { invalid } from '../../dialect/refuse.ts'
import { isGiven, isObject, numberOf, objectsOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import type { Refusal } from '../../refusal.ts'
import type { Segment } from '../../tokens.ts'
import { mostThinking, thinksInStreamsOnly } from './models.ts'

const wrong = (message: string): Refusal => invalid(message, 'invalid_parameter_error')

/** The most cache marks of a request (alibabacloud.com/help/en/model-studio/context-cache). */
const mostMarks = 4

/** Model Studio's own rules for chat completions in compatible mode. */
export function checkDashscope(body: JsonObject, model: ModelEntry): void {
  const messages = objectsOf(body['messages'])
  if (messages.length === 0) throw wrong("<400> InternalError.Algo.InvalidParameter: [] is too short - 'messages'")
  checkMarks(messages)
  const thinking = body['enable_thinking']
  if (isGiven(thinking) && typeof thinking !== 'boolean') throw wrong('parameter.enable_thinking must be a boolean')
  if (isThinking(body, model) && thinksInStreamsOnly(model) && body['stream'] !== true) {
    throw wrong('parameter.enable_thinking must be set to false for non-streaming calls')
  }
  const budget = body['thinking_budget']
  if (isGiven(budget)) {
    const count = numberOf(budget)
    if (count === undefined || !Number.isInteger(count) || count <= 0 || count > mostThinking) {
      throw wrong(`The thinking_budget parameter must be a positive integer and not greater than ${mostThinking}`)
    }
  }
  checkThoughtful(body, model)
  const { temperature } = body
  if (typeof temperature === 'number' && (temperature < 0 || temperature >= 2)) {
    throw wrong('<400> InternalError.Algo.InvalidParameter: Temperature should be in [0.0, 2.0)')
  }
  checkToolTurns(body)
}

/** What does not go with thinking (cloudwego/eino#994), and JSON, which the prompt has to speak of. */
function checkThoughtful(body: JsonObject, model: ModelEntry): void {
  const choice = body['tool_choice']
  if (isThinking(body, model) && (choice === 'required' || isObject(choice))) {
    throw wrong(
      '<400> InternalError.Algo.InvalidParameter: The tool_choice parameter does not support being set to required or object in thinking mode',
    )
  }
  const format = isObject(body['response_format']) ? body['response_format']['type'] : undefined
  if (format !== 'json_object') return
  if (isThinking(body, model) && !thinksBesideJson(model)) {
    throw wrong('Json mode response is not supported when enable_thinking is true')
  }
  if (/json/i.test(JSON.stringify(body['messages']))) return
  throw wrong(
    "<400> InternalError.Algo.InvalidParameter: 'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
  )
}

/** From Qwen 3.8 on, and of other makers (QwenLM/Qwen#2329): "Structured output" lists those before without thinking. */
const thinksBesideJson = ({ id }: ModelEntry): boolean => !id.startsWith('qwen') || /^qwen(?:3\.[89]|[4-9])/.test(id)

/** Whether a call thinks: asked for, or the default of the open models. */
export const isThinking = (body: JsonObject, model: ModelEntry): boolean =>
  model.thinking &&
  (body['enable_thinking'] === true || (!isGiven(body['enable_thinking']) && thinksInStreamsOnly(model)))

function checkMarks(messages: readonly JsonObject[]): void {
  let marks = 0
  for (const [index, message] of messages.entries()) {
    if (isGiven(message['cache_control'])) {
      throw wrong(`messages.${index}: cache_control belongs on a content block; the content has to be an array`)
    }
    for (const block of objectsOf(message['content'])) {
      const mark = block['cache_control']
      if (!isGiven(mark)) continue
      if (!isObject(mark) || mark['type'] !== 'ephemeral') throw wrong('cache_control.type must be ephemeral')
      marks += 1
    }
  }
  if (marks > mostMarks)
    throw wrong(`A maximum of ${mostMarks} blocks with cache_control may be provided. Found ${marks}.`)
}

/** The prompt as the explicit cache sees it: a piece for every content block, marked where its block is. */
export function markedSegments(body: JsonObject): readonly Segment[] {
  const tools = Array.isArray(body['tools']) ? [{ text: JSON.stringify(body['tools']), mark: false }] : []
  const pieces = objectsOf(body['messages']).flatMap(({ content, ...message }): readonly Segment[] => {
    if (!Array.isArray(content)) return [{ text: JSON.stringify({ ...message, content }), mark: false }]
    return objectsOf(content).map(({ cache_control: mark, ...block }) => ({
      text: JSON.stringify({ ...message, block }),
      mark: isGiven(mark),
    }))
  })
  return [...tools, ...pieces]
}
