import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { bag } from './json.ts'
import type { Name } from './said.ts'

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
const names: Record<Name, string> = {
  chat: 'openai.chat.request',
  responses: 'openai.responses.request',
  messages: 'anthropic.beta.messages.request',
}
const known = new Map<Name, { readonly validate: ValidateFunction; readonly members: ReadonlySet<string> }>()

/** What the request schema, as published, finds wrong with `body`; members that it does not name count as wrong too. */
export function strictErrors(protocol: Name, body: unknown): readonly string[] {
  const { validate, members } = known.get(protocol) ?? load(protocol)
  const unknown = Object.keys(bag(body)).filter((name) => !members.has(name))
  const errors = validate(body) ? [] : (validate.errors ?? [])
  // Of a union, the branch that came furthest says most; the others are noise.
  const deepest = errors.toSorted((a, b) => b.instancePath.length - a.instancePath.length).slice(0, 6)
  return [
    ...unknown.map((name) => `/${name} is not in the schema`),
    ...deepest.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`),
  ]
}

function load(protocol: Name): { readonly validate: ValidateFunction; readonly members: ReadonlySet<string> } {
  const file = new URL(`../../fixtures/schemas/strict/${names[protocol]}.json`, import.meta.url)
  const schema: unknown = JSON.parse(readFileSync(file, 'utf8').replaceAll('"oneOf"', '"anyOf"'))
  const loaded = { validate: ajv.compile(bag(schema)), members: new Set(memberNames(schema, bag(schema))) }
  known.set(protocol, loaded)
  return loaded
}

/** The names of all members that the top of a schema allows, through its references and unions. */
function memberNames(schema: unknown, root: object): string[] {
  const here = bag(schema)
  const reference = here['$ref']
  const definition =
    typeof reference === 'string' ? bag(bag(root)['$defs'])[reference.split('/').at(-1) ?? ''] : undefined
  return [
    ...Object.keys(bag(here['properties'])),
    ...(definition === undefined ? [] : memberNames(definition, root)),
    ...['allOf', 'anyOf', 'oneOf'].flatMap((union) => {
      const branches = here[union]
      return Array.isArray(branches) ? branches.flatMap((branch: unknown) => memberNames(branch, root)) : []
    }),
  ]
}
