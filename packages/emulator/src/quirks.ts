/** One switchable behaviour of the real service: its default, and what it does. */
export interface Quirk {
  /** The Q number of the protocol notes; `A` and a number for what Anthropic's own service does. */
  readonly number: string
  readonly byDefault: boolean
  readonly effect: string
}

const on = (number: string, effect: string): Quirk => ({ number, byDefault: true, effect })
const off = (number: string, effect: string): Quirk => ({ number, byDefault: false, effect })

/** The name of a quirk. */
export type QuirkName =
  | 'device-slow-down'
  | 'device-expired'
  | 'device-denied'
  | 'exchange-forbidden'
  | 'exchange-rate-limited'
  | 'exchange-unauthorized'
  | 'exchange-not-found'
  | 'token-expires-early'
  | 'token-other-endpoint'
  | 'token-sparse'
  | 'editor-headers-required'
  | 'user-free'
  | 'user-business'
  | 'user-null-snapshots'
  | 'user-not-found'
  | 'models-odd-entries'
  | 'models-sparse'
  | 'models-picker-disabled'
  | 'endpoint-checked'
  | 'policy-checked'
  | 'models-rate-limited'
  | 'policy-changes-list'
  | 'session-expired'
  | 'chat-split-choices'
  | 'chat-split-choices-stream'
  | 'chat-missing-index'
  | 'chat-azure-shape'
  | 'chat-missing-content'
  | 'chat-empty-first-chunk'
  | 'stream-comments'
  | 'chat-no-done'
  | 'stream-awkward-bytes'
  | 'chat-tool-index-constant'
  | 'chat-tool-index-missing'
  | 'chat-tool-repeats'
  | 'chat-finish-stop'
  | 'chat-opaque-after-finish'
  | 'chat-null-choices'
  | 'chat-error-mid-stream'
  | 'chat-max-tokens-refused'
  | 'tools-limited'
  | 'tool-schemas-checked'
  | 'prefill-refused'
  | 'quota-headers'
  | 'copilot-usage'
  | 'responses-unstable-ids'
  | 'responses-replay-refused'
  | 'responses-replay-as-400'
  | 'responses-no-ids'
  | 'foreign-reasoning-refused'
  | 'responses-reference-refused'
  | 'responses-tools-refused'
  | 'responses-custom-refused'
  | 'responses-odd-fields'
  | 'responses-late-summaries'
  | 'responses-empty-summary'
  | 'responses-phase'
  | 'responses-incomplete-item'
  | 'responses-overflow-vague'
  | 'ws-refused'
  | 'ws-dropped-at-start'
  | 'ws-dropped-mid-answer'
  | 'ws-close-1001'
  | 'ws-close-1011'
  | 'ws-close-1012'
  | 'ws-close-1013'
  | 'ws-quota-snapshots'
  | 'context-management-beta'
  | 'unknown-beta-refused'
  | 'messages-strict'
  | 'effort-checked'
  | 'tool-reference-checked'
  | 'messages-bedrock-shape'
  | 'messages-citations'
  | 'messages-stray-done'
  | 'count-tokens-missing'
  | 'errors-as-text'
  | 'errors-unwrapped'
  | 'errors-bad-request'
  | 'errors-html'
  | 'errors-empty'
  | 'messages-anthropic-errors'
  | 'rate-limited-seconds'
  | 'rate-limited-date'
  | 'rate-limited-text'
  | 'rate-limited-plan'
  | 'quota-exceeded'
  | 'too-large'
  | 'prompt-filtered'
  | 'client-refused'
  | 'cancelled'
  | 'unavailable'
  | 'silence-before-headers'
  | 'silence-between-chunks'
  | 'reset-mid-stream'
  | 'end-mid-stream'
  | 'embeddings-string-refused'
  | 'vision-header-required'
  | 'codex-interval-string'
  | 'codex-device-disabled'
  | 'codex-device-usercode'
  | 'codex-device-pending-404'
  | 'codex-tokens-sparse'
  | 'codex-refresh-rotates'
  | 'codex-refresh-errors-400'
  | 'codex-refresh-expired'
  | 'codex-refresh-invalidated'
  | 'codex-body-checked'
  | 'codex-system-refused'
  | 'codex-rate-headers'
  | 'codex-rate-event'
  | 'codex-usage-limit'
  | 'anthropic-grammar-limited'

/** Every quirk by name. On by default: what the real service does always; off: what it does at times. */
export const quirks: Readonly<Record<QuirkName, Quirk>> = {
  'device-slow-down': on('Q1', 'polling sooner than the interval answers slow_down with a larger interval'),
  'device-expired': off('Q1', 'the device code has expired'),
  'device-denied': off('Q1', 'the user refused the device code'),
  'exchange-forbidden': off('Q2', 'the token exchange answers 403 with error_details'),
  'exchange-rate-limited': off('Q2', 'the token exchange answers 403, API rate limit exceeded'),
  'exchange-unauthorized': off('Q2', 'the token exchange answers 401 Bad credentials'),
  'exchange-not-found': off('Q2', 'the token exchange answers 404: the token is for direct use only'),
  'token-expires-early': off('Q3', 'an exchanged token serves one model call, then answers 401 until it is renewed'),
  'token-other-endpoint': off('Q4', 'endpoints.api of the token is <url>/tenant, of the user <url>/user-tenant'),
  'token-sparse': off('Q5', 'the token answer has only token, expires_at, refresh_in and nulls'),
  'editor-headers-required': on('Q6', 'exchanged tokens are refused without Editor-Version'),
  'user-free': off('Q7', 'the account is on the free plan: limited_user_quotas, no snapshots'),
  'user-business': off('Q7', 'the account is a business seat with premium requests'),
  'user-null-snapshots': off('Q7', 'every quota snapshot is null'),
  'user-not-found': off('Q7', 'the account endpoint answers 404'),
  'models-odd-entries': on('Q8', 'the list has duplicate ids, and completion and embedding entries'),
  'models-sparse': off('Q8', 'limits, supports, supported_endpoints and policy are missing from every entry'),
  'models-picker-disabled': off('Q9', 'model_picker_enabled is false for every model'),
  'endpoint-checked': on('Q10', 'a model called on an endpoint it does not list answers unsupported_api_for_model'),
  'policy-checked': on('Q10', 'a model whose policy is disabled answers model_not_supported'),
  'models-rate-limited': off('Q11', 'the model list answers 429 after the first success'),
  'policy-changes-list': on('Q12', 'POST /models/<id>/policy changes the state in the list'),
  'session-expired': off('Q12', 'auto-mode session tokens are refused as expired'),
  'chat-split-choices': on('Q13', 'whole answers of Claude have text and tool calls in separate choices'),
  'chat-split-choices-stream': off('Q13', 'streams of Claude have text and tool calls in separate choices'),
  'chat-missing-index': off('Q13', 'choices have no index'),
  'chat-azure-shape': on('Q14', 'Azure models: no object and created in whole answers, padding, filter fields'),
  'chat-missing-content': on('Q14', 'a whole answer with only tool calls has no content member'),
  'chat-empty-first-chunk': on('Q15', 'Azure models: the first chunk has no choices, created 0 and an empty id'),
  'stream-comments': off('Q15', 'comment lines stand between the events'),
  'chat-no-done': off('Q15', 'chat streams end without [DONE]'),
  'stream-awkward-bytes': off('Q15', 'CRLF line ends, and writes of a few bytes that cut characters and line ends'),
  'chat-tool-index-constant': off('Q16', 'all tool calls have index 0; only the first piece of each has an id'),
  'chat-tool-index-missing': off('Q16', 'tool call pieces have no index'),
  'chat-tool-repeats': off('Q16', 'continuation pieces repeat role and id, with an empty name'),
  'chat-finish-stop': off('Q17', 'finish_reason is stop after tool calls'),
  'chat-opaque-after-finish': off('Q18', 'reasoning_opaque arrives after the choice has finished'),
  'chat-null-choices': off('Q19', 'a chunk with choices null carries copilot_references'),
  'chat-error-mid-stream': off('Q19', 'an error chunk ends the stream half way'),
  'chat-max-tokens-refused': on('Q20', 'gpt-5 models refuse max_tokens'),
  'tools-limited': on('Q20', 'more than 128 tools are refused'),
  'tool-schemas-checked': on('Q20', 'a function whose schema is not one object with properties is refused'),
  'prefill-refused': on('Q20', 'a conversation for Claude that ends with the assistant is refused'),
  'quota-headers': on('Q21', 'x-quota-snapshot-* on every model answer, errors included'),
  'copilot-usage': on('Q21', 'copilot_usage with the price of the call beside usage'),
  'responses-unstable-ids': on('Q22', 'opaque ids, a new one for every event of an item'),
  'responses-replay-refused': on('Q23', 'an id that the service issued is refused when it comes back: 401'),
  'responses-replay-as-400': off('Q23', 'that refusal has status 400'),
  'responses-no-ids': off('Q23', 'input items with any id are refused'),
  'foreign-reasoning-refused': on('Q23', 'signatures and encrypted reasoning that were not issued here are refused'),
  'responses-reference-refused': on('Q24', 'item_reference answers 404'),
  'responses-tools-refused': on('Q24', 'image_generation, web_search, namespace and other hosted tools are refused'),
  'responses-custom-refused': off(
    'Q24',
    'custom tools are refused (reported in January 2026; the CLI of November sends them)',
  ),
  'responses-odd-fields': on('Q25', 'service_tier priority, output_text null, obfuscation'),
  'responses-late-summaries': off('Q25', 'summaries are not streamed, they come in output_item.done'),
  'responses-empty-summary': off('Q25', 'reasoning items have summary []'),
  'responses-phase': on('Q26', 'message items of newer models have a phase'),
  'responses-incomplete-item': on('Q27', 'a truncated item is closed with status incomplete'),
  'responses-overflow-vague': on('Q28', 'a context overflow is invalid_request_body without numbers'),
  'ws-refused': off('Q29', 'the upgrade to a WebSocket answers 426'),
  'ws-dropped-at-start': off('Q29', 'the socket is dropped (1006) before the first event'),
  'ws-dropped-mid-answer': off('Q29', 'the socket is dropped (1006) half way through the answer'),
  'ws-close-1001': off('Q29', 'a frame is answered by closing with 1001'),
  'ws-close-1011': off('Q29', 'a frame is answered by closing with 1011'),
  'ws-close-1012': off('Q29', 'a frame is answered by closing with 1012'),
  'ws-close-1013': off('Q29', 'a frame is answered by closing with 1013'),
  'ws-quota-snapshots': on('Q29', 'completed and error frames carry copilot_quota_snapshots'),
  'context-management-beta': on('Q31', 'context_management without its beta is refused'),
  'unknown-beta-refused': off('Q31', 'an anthropic-beta that is not known is refused'),
  'messages-strict': on('Q32', 'extra members, > 4 cache marks, $schema, empty text, prefill, unpaired tools: 400'),
  'effort-checked': on('Q33', 'effort and thinking type must fit the model'),
  'tool-reference-checked': on('Q34', 'a tool_reference to an undeclared tool is refused'),
  'messages-bedrock-shape': on('Q35', 'dated model, msg_bdrk_ and toolu_vrtx_ ids, applied_edits []'),
  'messages-citations': off('Q35', 'text deltas carry copilot_annotations'),
  'messages-stray-done': off('Q35', 'a stray [DONE] ends the stream'),
  'count-tokens-missing': on('Q36', 'count_tokens answers 404'),
  'errors-as-text': on('Q37', 'JSON errors are served as text/plain'),
  'errors-unwrapped': off('Q37', 'errors are {"message"} without the error member'),
  'errors-bad-request': off('Q37', 'a 400 is the text Bad Request'),
  'errors-html': off('Q37', 'every model call answers an HTML 502'),
  'errors-empty': off('Q37', 'every model call answers 502 with an empty body'),
  'messages-anthropic-errors': off('Q37', 'errors on /v1/messages have the envelope of Anthropic'),
  'rate-limited-seconds': off('Q38', 'every model call answers 429 with retry-after in seconds'),
  'rate-limited-date': off('Q38', 'every model call answers 429 with retry-after as a date'),
  'rate-limited-text': off('Q38', 'every model call answers 429 with the wait only in its text'),
  'rate-limited-plan': off('Q38', 'every model call answers 429 with a :plan suffix on the code'),
  'quota-exceeded': off('Q39', 'every model call answers 402'),
  'too-large': off('Q39', 'every model call answers an opaque 413'),
  'prompt-filtered': off('Q39', 'every model call answers 422'),
  'client-refused': off('Q39', 'every model call answers 466'),
  cancelled: off('Q39', 'every model call answers 499'),
  unavailable: off('Q39', 'every model call answers 503'),
  'silence-before-headers': off('Q40', 'the silence (option) passes before the headers'),
  'silence-between-chunks': off('Q40', 'the silence (option) passes half way through the answer'),
  'reset-mid-stream': off('Q40', 'the connection is reset half way through the answer'),
  'end-mid-stream': off('Q40', 'the answer ends cleanly half way through'),
  'embeddings-string-refused': on('Q41', 'a lone string as embeddings input is refused'),
  'vision-header-required': on('Q42', 'an image without Copilot-Vision-Request is refused'),
  'codex-interval-string': on('Q43', 'the device sign-in of ChatGPT gives its interval as a string'),
  'codex-device-disabled': off('Q43', 'the account has no device sign-in: 404'),
  'codex-device-usercode': off('Q43', 'the code to type is called usercode'),
  'codex-device-pending-404': off('Q43', 'a code that nobody typed yet answers 404 instead of 403'),
  'codex-tokens-sparse': off('Q43', 'token answers have no id_token, token_type and expires_in'),
  'codex-refresh-rotates': on('Q43', 'a refresh token works once, then answers refresh_token_reused'),
  'codex-refresh-errors-400': off('Q43', 'refresh_token_reused has status 400 instead of 401'),
  'codex-refresh-expired': off('Q43', 'renewing answers refresh_token_expired'),
  'codex-refresh-invalidated': off('Q43', 'renewing answers refresh_token_invalidated'),
  'codex-body-checked': on('Q44', 'ChatGPT wants store false, stream true, instructions and a list, and few members'),
  'codex-system-refused': on('Q44', 'ChatGPT refuses system messages in the input'),
  'codex-rate-headers': on('Q45', 'x-codex-primary-used-percent and its kin on every model answer'),
  'codex-rate-event': off('Q45', 'a stream has a codex.rate_limits event'),
  'codex-usage-limit': off('Q45', 'every model call answers 429 usage_limit_reached'),
  'anthropic-grammar-limited': off('A1', 'tools that are strict, and formats, make too large a grammar: 400'),
}

/** Which quirks are on. */
export type QuirkSwitches = { readonly [Name in QuirkName]: boolean }

/** Whether a string names a quirk. */
export const isQuirkName = (name: string): name is QuirkName => Object.hasOwn(quirks, name)

/** The names of all quirks. */
// Object.keys of a constant object gives its own keys.
export const quirkNames: readonly QuirkName[] = Object.keys(quirks) as QuirkName[]

/** The switches as the real service has them. */
export function defaultQuirks(): Record<QuirkName, boolean> {
  // fromEntries over every name fills the whole record.
  return Object.fromEntries(quirkNames.map((name) => [name, quirks[name].byDefault])) as Record<QuirkName, boolean>
}
