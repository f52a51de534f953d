import { asObject, isObject, parseJson, type Json, type JsonObject } from '@crossfeed/protocols'
import { usageError } from './settings.ts'

/**
 * The text of a config file with `value` at `section.key`, or what `value` makes of what stands there; comments and all other settings stay as they are. Throws a usage error
 * for a text whose top is no map: what cannot be read is not written over. `fresh` is what a section of JSON begins with when
 * it is not there yet, for people to fill in.
 */
export async function withSetting(
  text: string,
  path: string,
  [section, key]: readonly [string, string],
  value: Json | ((before: unknown) => JsonObject),
  fresh: JsonObject = {},
): Promise<string> {
  if (!path.endsWith('.json')) return withYamlSetting(text, path, [section, key], value)
  const whole = text.trim() === '' ? {} : parseJson(text)
  if (!isObject(whole)) throw unreadable(path)
  const before = asObject(whole[section]) ?? fresh
  const after = typeof value === 'function' ? value(before[key]) : value
  const changed: JsonObject = { ...whole, [section]: { ...before, [key]: after } }
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  '
  return `${JSON.stringify(changed, undefined, indent)}\n`
}

async function withYamlSetting(
  text: string,
  path: string,
  [section, key]: readonly [string, string],
  value: Json | ((before: unknown) => JsonObject),
): Promise<string> {
  const { isMap, parseDocument } = await import('yaml')
  const document = parseDocument(text)
  const isEmpty = document.contents === null || document.toJS() === null
  if (document.errors.length > 0 || !(isEmpty || isMap(document.contents))) throw unreadable(path)
  // A section without anything in it is a null, which takes no keys.
  const isThere = isMap(document.getIn([section], true))
  const before: unknown = isThere ? asObject(asObject(document.toJS())?.[section])?.[key] : undefined
  const after = typeof value === 'function' ? value(before) : value
  if (!isThere) document.setIn([section], document.createNode({ [key]: after }))
  else if (isObject(before) && isObject(after)) {
    // One by one, so that the comments between them stay.
    for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) document.deleteIn([section, key, name])
    for (const [name, one] of Object.entries(after)) if (one !== before[name]) document.setIn([section, key, name], one)
  } else document.setIn([section, key], after)
  return document.toString({ lineWidth: 0 })
}

function unreadable(path: string): ReturnType<typeof usageError> {
  return usageError(`${path} cannot be read as settings`, 'Mend it (crossfeed config check); nothing was changed.')
}
