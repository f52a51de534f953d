import { expect, test } from 'vitest'
import { urlFromHere } from './host.ts'

test.each([
  ['127.0.0.1', 'http://127.0.0.1:4141'],
  ['localhost', 'http://localhost:4141'],
  ['192.168.1.20', 'http://192.168.1.20:4141'],
  // Not an address that can be called everywhere.
  ['0.0.0.0', 'http://127.0.0.1:4141'],
  ['::', 'http://127.0.0.1:4141'],
  ['::1', 'http://[::1]:4141'],
])('a gateway on %s is called from here as %s', (host, url) => {
  expect(urlFromHere(host, 4141)).toBe(url)
})
