import { isObject, nearest } from '@crossfeed/protocols'
import type { z } from 'zod'
import type { Problem } from './problem.ts'
import type { Source } from './source.ts'

/** The file that an issue is about. */
interface File {
  /** What it says, references resolved. */
  readonly value: unknown
  readonly source: Source
  /** The keys that may stand at a path; undefined where any key may. */
  readonly keysAt: (path: readonly PropertyKey[]) => readonly string[] | undefined
}

/** What an issue of the schema is in words: one problem for a wrong value, one for each unknown key. */
export function describeIssue(issue: z.core.$ZodIssue, file: File): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = file.keysAt(issue.path) ?? []
      const near = nearest(key, known)
      const place = issue.path.length === 0 ? '' : ` in ${issue.path.join('.')}`
      const fix = near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${near}?`
      const message = `unknown key "${key}"${place}`
      return { ...file.source.locate([...issue.path, key]), message, fix, reason: 'config-unknown-key' }
    })
  }
  const form = issue.code === 'invalid_union' ? formMeant(issue) : undefined
  if (form) return form.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, file))
  const expected = issue.code === 'invalid_key' ? 'a header name' : issue.message
  const message = `${issue.path.join('.')} is not ${expected}`
  const near = issue.code === 'invalid_value' ? nearestWord(issue, file.value) : undefined
  const fix = near === undefined ? 'Correct the line; nothing was changed.' : `Did you mean ${near}?`
  return [{ ...file.source.locate(issue.path), message, fix, reason: 'config-value' }]
}

/** Of several forms, such as a list or a map, the one that the value has: what is wrong lies inside it. */
function formMeant(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const inside = (inner: z.core.$ZodIssue): boolean => inner.path.length > 0 || inner.code === 'unrecognized_keys'
  return issue.errors.find((form) => form.length > 0 && form.every(inside))
}

/** The word that was meant, where only certain ones can stand. */
function nearestWord({ path, values }: z.core.$ZodIssueInvalidValue, file: unknown): string | undefined {
  let value = file
  for (const key of path) value = isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined
  return typeof value === 'string'
    ? nearest(
        value,
        values.filter((one) => typeof one === 'string'),
      )
    : undefined
}
