import { asNumber, asObject, type JsonObject } from '@crossfeed/protocols'

const members = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const
/** The smallest budget that the Messages API takes. */
const leastBudget = 1024

/** The body with its limit on the answer lowered to `most` tokens, and what it thinks with lowered below that. */
export function limitOutput(body: JsonObject, most: number, note: (change: string) => void): JsonObject {
  let current = body
  for (const member of members) {
    const asked = asNumber(current[member])
    if (asked === undefined || asked <= most) continue
    note(`${member}:${asked}>${most}`)
    current = { ...current, [member]: most }
  }
  return current === body ? body : limitThinking(current, most, note)
}

function limitThinking(body: JsonObject, most: number, note: (change: string) => void): JsonObject {
  const thinking = asObject(body['thinking'])
  const budget = asNumber(thinking?.['budget_tokens'])
  if (!thinking || budget === undefined || budget < most) return body
  if (most > leastBudget) {
    note(`thinking.budget_tokens:${budget}>${most - 1}`)
    return { ...body, thinking: { ...thinking, budget_tokens: most - 1 } }
  }
  note('dropped:thinking')
  const { thinking: _none, ...others } = body
  return others
}
