import { splitDataUrl } from '../../core/data-url.ts'
import { asString, isObject, type JsonObject } from '../../core/json.ts'
import type { MediaPart } from '../../core/part.ts'

/** What clients call a screenshot: the type of the API, and that of OpenAI's first sample (openai/openai-cua-sample-app). */
const types: ReadonlySet<unknown> = new Set(['computer_screenshot', 'input_image'])

/** The screen that a computer was seen at, as the output of its call (`computer_call_output` of Responses) has it. */
export function picturesOf({ output }: JsonObject): readonly MediaPart[] {
  if (!isObject(output) || !types.has(output['type'])) return []
  const url = asString(output['image_url'])
  const fileId = asString(output['file_id'])
  const said = asString(output['detail'])
  const detail = said === undefined ? {} : { detail: said }
  const data = url === undefined ? undefined : splitDataUrl(url, 'image/*')
  if (data) return [{ kind: 'media', mediaType: data.mediaType, source: { base64: data.base64 }, ...detail }]
  if (url !== undefined) return [{ kind: 'media', mediaType: 'image/*', source: { url }, ...detail }]
  return fileId === undefined ? [] : [{ kind: 'media', mediaType: 'image/*', source: { fileId }, ...detail }]
}
