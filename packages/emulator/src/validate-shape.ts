import { readFile } from 'node:fs/promises'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { isObject } from './json.ts'

/** The official schemas that requests are checked with (schemas/INDEX.md). */
export type SchemaName =
  | 'openai.chat.request'
  | 'openai.responses.request'
  | 'openai.embeddings.request'
  | 'anthropic.beta.messages.request'
  | 'anthropic.beta.count_tokens.request'

const compiled = new Map<string, Promise<ValidateFunction>>()

/** Says what is wrong with a value by an official schema; nothing when it is fine. Each is compiled at its first use. */
export async function findShapeError(name: SchemaName, value: unknown): Promise<string | undefined> {
  let validator = compiled.get(name)
  if (validator === undefined) {
    validator = compile(name)
    compiled.set(name, validator)
  }
  const validate = await validator
  if (validate(value)) return undefined
  // The deepest error is the one nearest to the member that is wrong; unions report all their branches.
  const errors = validate.errors ?? []
  const depth = (path: string): number => path.split('/').length
  const error = errors.reduce(
    (best, next) => (depth(next.instancePath) > depth(best.instancePath) ? next : best),
    errors[0] ?? { instancePath: '', message: 'invalid' },
  )
  return `${error.instancePath.slice(1).replaceAll('/', '.') || 'body'}: ${error.message ?? 'invalid'}`
}

async function compile(name: SchemaName): Promise<ValidateFunction> {
  const [{ Ajv2020 }, text] = await Promise.all([
    import('ajv/dist/2020.js'),
    readFile(new URL(`../schemas/${name}.json`, import.meta.url), 'utf8'),
  ])
  return new Ajv2020({ strict: false, validateFormats: false, allErrors: false }).compile(JSON.parse(text))
}

const names = new Map<string, Promise<ReadonlySet<string>>>()

/** The members that an official schema names for its value, or for what a definition of it (`InputItem`) describes. */
export function namedMembers(name: SchemaName, definition?: string): Promise<ReadonlySet<string>> {
  const key = `${name} ${definition ?? ''}`
  const known = names.get(key) ?? collectMembers(name, definition)
  names.set(key, known)
  return known
}

async function collectMembers(name: SchemaName, definition: string | undefined): Promise<ReadonlySet<string>> {
  const schema: unknown = JSON.parse(await readFile(new URL(`../schemas/${name}.json`, import.meta.url), 'utf8'))
  const definitions = isObject(schema) && isObject(schema['$defs']) ? schema['$defs'] : {}
  const found = new Set<string>()
  const seen = new Set<unknown>()
  const visit = (node: unknown): void => {
    if (!isObject(node) || seen.has(node)) return
    seen.add(node)
    if (isObject(node['properties'])) for (const member of Object.keys(node['properties'])) found.add(member)
    if (typeof node['$ref'] === 'string') visit(definitions[node['$ref'].split('/').at(-1) ?? ''])
    for (const union of [node['allOf'], node['anyOf'], node['oneOf']]) {
      if (Array.isArray(union)) for (const entry of union) visit(entry)
    }
  }
  visit(definition === undefined ? schema : definitions[definition])
  return found
}
