import { isObject, stringOf } from '../../json.ts'
import { invalid } from './refuse.ts'

/** How the files of the four formats begin. */
const beginnings: readonly (readonly [string, RegExp])[] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF.{4}WEBP/s],
]

/** Refuses an image that is not of the format that it is said to be. */
export function checkImage(source: unknown, where: string): void {
  if (!isObject(source) || source['type'] !== 'base64') return
  const said = stringOf(source['media_type'])
  const head = Buffer.from(stringOf(source['data']).slice(0, 24), 'base64').toString('latin1')
  const found = beginnings.find(([, pattern]) => pattern.test(head))?.[0]
  if (found === undefined || found === said) return
  throw invalid(
    `${where}: The image was specified using the ${said} media type, but the image appears to be a ${found} image`,
  )
}
