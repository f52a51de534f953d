/** A picture of one pixel, as base64. */
export const pngText =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

/** The same as bytes. */
export const png: Buffer = Buffer.from(pngText, 'base64')
