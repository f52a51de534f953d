import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

/** The vendor's schema of that name, such as `openai.responses.response`. */
export function schema(name: string): ValidateFunction {
  const file = new URL(`../../../../fixtures/schemas/lenient/${name}.json`, import.meta.url)
  return new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(file, 'utf8')))
}

/** Expects that a schema takes all of these, and tells why it does not. */
export function expectValid(validate: ValidateFunction, values: readonly unknown[]): void {
  for (const value of values) expect([validate(value), validate.errors]).toEqual([true, null])
}
