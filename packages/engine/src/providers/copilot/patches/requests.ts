import { billingLines } from '../../patches/billing-line.ts'
import { toolSchemas } from '../../patches/tool-schemas.ts'
import { unsaidMembers } from '../../patches/unsaid-members.ts'
import type { RequestPatch } from '../../provider.ts'
import { chatRequestPatches } from './chat.ts'
import { messagesRequestPatches } from './messages.ts'
import { responsesRequestPatches } from './responses.ts'

/** The mends of requests in all protocols, each list in the order in which it is applied. */
export const requestPatches: readonly RequestPatch[] = [
  ...unsaidMembers,
  ...billingLines,
  ...chatRequestPatches,
  ...responsesRequestPatches,
  ...messagesRequestPatches,
  ...toolSchemas,
]
