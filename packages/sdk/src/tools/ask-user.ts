import { randomUUID } from 'node:crypto'
import type { EventLog } from '../session/event-log.ts'
import type { Elicit, ElicitationSchema, UserInputHandler } from '../session/user.ts'
import type { Tool } from './tool.ts'

/** What the program can ask its user with. */
export interface AskUserOptions {
  readonly variant: 'legacy' | 'elicitation' | undefined
  readonly onUserInput: UserInputHandler | undefined
  readonly elicit: Elicit | undefined
  readonly sessionId: string
  readonly log: EventLog
}

/** The tool `ask_user`, where the program has a handler for it; asking needs no permission. */
export function createAskUser(options: AskUserOptions): readonly Tool[] {
  const { variant, onUserInput, elicit } = options
  if (variant === 'elicitation') return elicit ? [askByForm(elicit)] : []
  return onUserInput ? [askByQuestion(onUserInput, options)] : []
}

function askByQuestion(handler: UserInputHandler, { sessionId, log }: AskUserOptions): Tool {
  return {
    name: 'ask_user',
    description: 'Ask the user a question and wait for the answer.',
    skipPermission: true,
    parameters: {
      type: 'object',
      properties: {
        question: { type: 'string', description: 'The question.' },
        choices: { type: 'array', items: { type: 'string' }, description: 'Answers to choose from.' },
        allowFreeform: { type: 'boolean', description: 'Whether another answer will do; true by default.' },
      },
      required: ['question'],
    },
    async handler(args, { toolCallId }) {
      const given: object = typeof args === 'object' && args !== null ? args : {}
      const question = 'question' in given ? String(given.question) : ''
      const choices = 'choices' in given && Array.isArray(given.choices) ? given.choices.map(String) : undefined
      const allowFreeform = !('allowFreeform' in given) || given.allowFreeform !== false
      const request = { question, allowFreeform, ...(choices === undefined ? {} : { choices }) }
      const requestId = randomUUID()
      log.emit('user_input.requested', { requestId, ...request, toolCallId })
      const answer = await handler(request, { sessionId })
      log.emit('user_input.completed', { requestId, ...answer })
      return answer.answer
    },
  }
}

function askByForm(elicit: Elicit): Tool {
  return {
    name: 'ask_user',
    description: 'Show the user a form and wait until it is filled in, declined or cancelled.',
    skipPermission: true,
    parameters: {
      type: 'object',
      properties: {
        message: { type: 'string', description: 'What the form is about.' },
        requestedSchema: {
          type: 'object',
          description: 'JSON Schema of an object with properties of type string, number, integer or boolean.',
          additionalProperties: true,
        },
      },
      required: ['message', 'requestedSchema'],
    },
    async handler(args) {
      const given: object = typeof args === 'object' && args !== null ? args : {}
      const schema = 'requestedSchema' in given ? given.requestedSchema : undefined
      if (!isForm(schema)) throw new Error('requestedSchema must be a JSON Schema of an object with properties.')
      return elicit({
        message: 'message' in given ? String(given.message) : '',
        requestedSchema: schema,
        elicitationSource: 'ask_user',
      })
    },
  }
}

function isForm(value: unknown): value is ElicitationSchema {
  return (
    typeof value === 'object' &&
    value !== null &&
    'properties' in value &&
    typeof value.properties === 'object' &&
    value.properties !== null
  )
}
