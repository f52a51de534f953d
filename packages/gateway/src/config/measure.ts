const byteUnits: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }
const secondUnits: Readonly<Record<string, number>> = { ms: 0.001, '': 1, s: 1, m: 60, h: 3600 }

/** Bytes of `67108864` or `'64mb'`; undefined when it is neither. */
export function readBytes(value: number | string): number | undefined {
  const bytes = read(value, byteUnits)
  return bytes === undefined ? undefined : Math.floor(bytes)
}

/** Milliseconds of `90` (seconds), `'90s'`, `'500ms'` or `'10m'`; undefined when it is none of them. */
export function readDuration(value: number | string): number | undefined {
  const seconds = read(value, secondUnits)
  return seconds === undefined ? undefined : Math.round(seconds * 1000)
}

function read(value: number | string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim())
  const unit = units[match?.[2]?.toLowerCase() ?? '-']
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit
}
