import { Refusal } from '../refusal.ts'
import type { RefusalDetails } from '../refusal.ts'
import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'

/** A 400 in OpenAI's words. */
export const invalid = (message: string, code?: string, param?: string): Refusal => refuse(400, message, code, param)

/** A refusal that is the client's fault. */
export function refuse(status: number, message: string, code?: string, param?: string): Refusal {
  const details: RefusalDetails = { ...(code !== undefined && { code }), ...(param !== undefined && { param }) }
  return new Refusal(status, message, { type: 'invalid_request_error', ...details })
}

/** A member that the service does not know (pydantic/pydantic-ai has the body of a real one). */
export const unknownParameter = (param: string): Refusal =>
  invalid(`Unknown parameter: '${param}'.`, 'unknown_parameter', param)

/** A value that is none of those that a member has. */
export const invalidValue = (value: string, allowed: readonly string[], param: string): Refusal => {
  const list = allowed.map((entry) => `'${entry}'`)
  return invalid(
    `Invalid value: '${value}'. Supported values are: ${list.slice(0, -1).join(', ')}, and ${list.at(-1)}.`,
    'invalid_value',
    param,
  )
}

/** An error in OpenAI's shape: all four members are there. */
export function writeOpenaiError({ status, message, details }: Refusal): Outcome {
  const { body, type = 'invalid_request_error', param = null, code = null, headers = {} } = details
  return jsonOutcome(body ?? { error: { message, type, param, code } }, status, headers)
}
