import { randomUUID } from 'node:crypto'
import { GatewayError } from '@crossfeed/protocols'
import type { EventLog } from './event-log.ts'

/** A question of the model. */
export interface UserInputRequest {
  question: string
  choices?: string[]
  /** Whether an answer beyond `choices` will do. Default true. */
  allowFreeform?: boolean
}

/** The user's answer. */
export interface UserInputResponse {
  answer: string
  /** The answer is none of the choices. */
  wasFreeform: boolean
}

/** Asks the user. */
export type UserInputHandler = (
  request: UserInputRequest,
  invocation: { sessionId: string },
) => UserInputResponse | Promise<UserInputResponse>

/** One field of a form, as JSON Schema of a primitive. */
export interface ElicitationSchemaField {
  type: 'string' | 'number' | 'integer' | 'boolean' | 'array'
  title?: string
  description?: string
  enum?: string[]
  enumNames?: string[]
  oneOf?: { const: string; title: string }[]
  items?: { type?: 'string'; enum?: string[]; anyOf?: { const: string; title: string }[] }
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  format?: 'email' | 'uri' | 'date' | 'date-time'
  default?: string | number | boolean | string[]
}

/** A form. */
export interface ElicitationSchema {
  type: 'object'
  properties: Record<string, ElicitationSchemaField>
  required?: string[]
}

/** A form's filled-in value. */
export type ElicitationFieldValue = string | number | boolean | string[]

/** What the user did with a form. */
export interface ElicitationResult {
  action: 'accept' | 'decline' | 'cancel'
  /** With `accept`. */
  content?: Record<string, ElicitationFieldValue>
}

/** A form to show. */
export interface ElicitationParams {
  message: string
  requestedSchema: ElicitationSchema
}

/** A form to show, and who asks. */
export interface ElicitationContext {
  sessionId: string
  message: string
  requestedSchema?: ElicitationSchema
  mode?: 'form' | 'url'
  /** Name of the MCP server, or `ask_user`. */
  elicitationSource?: string
  /** To open in a browser (mode `url`). */
  url?: string
}

/** Shows a form. */
export type ElicitationHandler = (context: ElicitationContext) => ElicitationResult | Promise<ElicitationResult>

/** What a text field takes. */
export interface UiInputOptions {
  title?: string
  description?: string
  minLength?: number
  maxLength?: number
  format?: 'email' | 'uri' | 'date' | 'date-time'
  default?: string
}

/** Dialogs, shown by `onElicitationRequest`. All throw `no-elicitation` without it. */
export interface SessionUiApi {
  /** Shows a form of one's own. */
  elicitation(params: ElicitationParams): Promise<ElicitationResult>
  /** Yes or no; no when it is declined or cancelled. */
  confirm(message: string): Promise<boolean>
  /** One of `options`; null when it is declined or cancelled. */
  select(message: string, options: string[]): Promise<string | null>
  /** A text; null when it is declined or cancelled. */
  input(message: string, options?: UiInputOptions): Promise<string | null>
}

/** Asks the program's handler, with the events around it. */
export type Elicit = (context: Omit<ElicitationContext, 'sessionId'>) => Promise<ElicitationResult>

/** Creates the way to the handler. */
export function createElicit(handler: ElicitationHandler | undefined, sessionId: string, log: EventLog): Elicit {
  return async (context) => {
    if (!handler) {
      throw new GatewayError('invalid-request', 400, 'This session cannot show forms.', {
        reason: 'no-elicitation',
        fix: 'Give onElicitationRequest when the session is created; session.capabilities.ui?.elicitation says whether it is there.',
      })
    }
    const requestId = randomUUID()
    const { message, mode = 'form', elicitationSource } = context
    log.emit('elicitation.requested', {
      requestId,
      message,
      mode,
      ...(elicitationSource === undefined ? {} : { elicitationSource }),
    })
    let action: ElicitationResult['action'] = 'cancel'
    try {
      const result = await handler({ ...context, mode, sessionId })
      action = result.action
      return result
    } finally {
      log.emit('elicitation.completed', { requestId, action })
    }
  }
}

/** Creates the dialogs on top of forms. */
export function createUi(elicit: Elicit): SessionUiApi {
  const ask = async (message: string, field: ElicitationSchemaField): Promise<ElicitationFieldValue | undefined> => {
    const result = await elicit({
      message,
      requestedSchema: { type: 'object', properties: { value: field }, required: ['value'] },
    })
    return result.action === 'accept' ? result.content?.['value'] : undefined
  }
  return {
    elicitation: (params) => elicit(params),
    confirm: async (message) => (await ask(message, { type: 'boolean', default: true })) === true,
    async select(message, options) {
      const value = await ask(message, { type: 'string', enum: options })
      return typeof value === 'string' ? value : null
    },
    async input(message, options = {}) {
      const value = await ask(message, { type: 'string', ...options })
      return typeof value === 'string' ? value : null
    },
  }
}
