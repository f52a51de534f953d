import { without } from './copy-on-write.ts'
import type { RequestPatch } from '../provider.ts'

/** What Codex tells ChatGPT of the machine, the thread and the turn does not go to anybody else. */
export const clientMetadata: RequestPatch = {
  name: 'client-metadata',
  reason:
    "not in the reference of the Responses API, whose servers refuse it: Unknown parameter: 'client_metadata'; it names the user's installation",
  protocol: 'responses',
  apply: (body) => without(body, 'client_metadata'),
}
