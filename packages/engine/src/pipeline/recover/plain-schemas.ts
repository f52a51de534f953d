import type { GatewayError } from '@crossfeed/protocols'
import { makeRoom } from '../learned/learned.ts'
import { typeLists, withoutSchemaWords } from '../rewrite/without-schema-words.ts'
import type { Recovery } from './recovery.ts'

/**
 * Words of JSON Schema that say something about values which a model also gets right untold: without them a tool still works.
 * `$ref` and the like are none: what they lead to would be missing.
 */
const dispensable: ReadonlySet<string> = new Set(
  (
    '$schema $id $comment title default examples deprecated readOnly writeOnly format pattern patternProperties ' +
    'propertyNames additionalProperties unevaluatedProperties unevaluatedItems minLength maxLength minimum maximum ' +
    'exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems contains minContains maxContains ' +
    'minProperties maxProperties contentEncoding contentMediaType const not if then else dependentRequired dependentSchemas'
  ).split(' '),
)

/** How services name a word that they do not take: Google (automazeio/vibeproxy#338), Cerebras, OpenAI (camel-ai/camel#2288). */
const namings: readonly RegExp[] = [
  /Unknown name "([$\w]+)" at '[^']*(?:function_declarations|parameters|schema)[^']*': Cannot find field/gi,
  /unsupported (?:json )?schema (?:keyword|field)s?:? ?[{[]?['"`]?([$\w]+)/gi,
  /invalid schema for function [^:]*: [^:]*?['"]([$\w]+)['"] is not (?:permitted|supported|allowed)/gi,
]

/** Google's words for a list of types. */
const typeList = /Invalid value at '[^']*\.type'.*Proto field is not repeating/s

/**
 * Words for a pattern that a service cannot read: OpenAI's and DeepSeek's (Dokploy/mcp#50), llama.cpp's, and a validator's of
 * Python. Which one it was they do not say.
 */
const patterns =
  /regex lookaround is not supported|Pattern must start with '\^' and end with '\$'|is not a ['"]?regex['"]?/i

/** One tool of an MCP server with a word of JSON Schema that the target does not know: such words go, and that is remembered. */
export const plainSchemas: Recovery = {
  name: 'plain-schemas',
  thing: (error) => wordsIn(error).join(),
  matches: (error, { body, target }) =>
    [400, 422, 500].includes(error.status) &&
    withoutSchemaWords(body, target.protocol, new Set(wordsIn(error))) !== body,
  repair(error, { teach }) {
    const words = wordsIn(error)
    teach(({ schemaWords }) => words.forEach((word) => makeRoom(schemaWords).add(word)))
    return 0
  },
}

function wordsIn({ message }: GatewayError): readonly string[] {
  const found = namings
    .flatMap((naming) => [...message.matchAll(naming)].map(([, word = '']) => word))
    .filter((word) => dispensable.has(word))
  if (typeList.test(message)) found.push(typeLists)
  if (patterns.test(message)) found.push('pattern')
  return [...new Set(found)]
}
