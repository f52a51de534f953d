import type { GatewayError } from '@crossfeed/protocols'
import { forcesCall, withStandInThoughts } from '../rewrite/beside-thinking.ts'
import type { Recovery } from './recovery.ts'

/**
 * A forced call while the model thinks, in the words of DeepSeek, DashScope, Moonshot and Anthropic, which come by other hosts
 * too (farion1231/cc-switch#6367, BerriAI/litellm#8883). Claude Code forces one for each search.
 */
const forced = /(?:thinking|reasoner).{0,60}\bnot (?:support|be enabled).{0,40}tool_choice|tool_choice.{0,80}thinking/i
/**
 * DeepSeek's words and Moonshot's for thoughts that a client has dropped (earendil-works/pi#3636, decolua/9router#1786), and
 * DeepSeek's in Messages (QwenLM/qwen-code#3788, decolua/9router#2397, VicBilibily/GCMP#26).
 */
const thoughtless =
  /(?:reasoning_content|content\[\]\.thinking).{0,60}(?:must be passed back|is missing)|missing thinking block in the assistant/i

/** What a model refuses because it thinks: it gives way in requests like this one. */
export const besideThinking: Recovery = {
  name: 'beside-thinking',
  thing: (error) => (isRefusal(error, forced) ? 'choice' : 'history'),
  matches: (error, { body, target }) =>
    (isRefusal(error, forced) && forcesCall(body, target.protocol)) ||
    (isRefusal(error, thoughtless) &&
      target.protocol !== 'responses' &&
      withStandInThoughts(body, target.protocol) !== body),
  repair(error, { teach, circumstances: { reasoning } }) {
    if (isRefusal(error, forced)) teach((known) => void known.forcing.add(reasoning))
    else teach((known) => void (known.standIns = true))
    return 0
  },
}

function isRefusal({ status, message }: GatewayError, words: RegExp): boolean {
  return (status === 400 || status === 422) && words.test(message)
}
