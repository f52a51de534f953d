import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import type { Call } from '../../state.ts'

/** Checks `api-version`: dated on deployments, absent or `preview`, `latest`, `v1` on the v1 routes; else 404. */
export function readApiVersion(call: Call, kind: 'dated' | 'v1'): void {
  const version = new URLSearchParams(call.query).get('api-version')
  const fits =
    kind === 'dated'
      ? version !== null && /^20\d\d-\d\d-\d\d(-preview)?$/.test(version)
      : version === null || /^(preview|latest|v1)$/.test(version)
  if (fits) return
  // The words are as users report them (hotovo/aider-desk#460); that it is v1 routes which answer so is a guess.
  if (kind === 'v1') throw new Refusal(400, 'API version not supported', { code: 'BadRequest' })
  throw new Refusal(404, 'Resource not found', { code: '404' })
}

/** The words by which a prompt asks the stand-in's content filter to refuse it. */
const trigger = 'trigger the content filter'

const safe = { filtered: false, severity: 'safe' }

/** Refuses a prompt that the content filter stops, with the report in `innererror` (learn.microsoft.com, content filtering). */
export function checkPrompt(body: JsonObject): void {
  if (!JSON.stringify(body['messages'] ?? '').includes(trigger)) return
  const message =
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
  const content_filter_result = {
    hate: safe,
    jailbreak: { filtered: false, detected: false },
    self_harm: safe,
    sexual: safe,
    violence: { filtered: true, severity: 'medium' },
  }
  const innererror = { code: 'ResponsibleAIPolicyViolation', content_filter_result }
  const error = { message, type: null, param: 'prompt', code: 'content_filter', status: 400, innererror }
  throw new Refusal(400, message, { body: { error } })
}
