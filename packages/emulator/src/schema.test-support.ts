import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

/** What holds a value to one of the official schemas (`schemas/INDEX.md`). */
export function schema(name: string): (value: unknown) => void {
  const text = readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), 'utf8')
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(text))
  return (value) => {
    validate(value)
    expect({ errors: validate.errors ?? [], value }).toEqual({ errors: [], value })
  }
}
