import type { LookupAddress } from 'node:dns'
import { afterEach, describe, expect, it } from 'vitest'
import { isForbiddenAddress, type Lookup } from './forbidden-address.ts'
import { createTransport, type Transport } from './http.ts'
import { listenHttp, type Upstream } from './upstream.test-support.ts'

let transport: Transport | undefined
let upstream: Upstream | undefined
afterEach(async () => {
  await transport?.close()
  await upstream?.close()
})

/** A resolver that answers each question with the next of these lists, the last for good. */
function answering(...answers: readonly (readonly string[])[]): Lookup {
  let asked = 0
  return (_name, _options, done) => {
    const list = answers[Math.min(asked++, answers.length - 1)] ?? []
    done(
      null,
      list.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}

const get = (made: Transport, origin: string) => made.request({ method: 'GET', origin, path: '/', headers: {} })

it.each([
  '169.254.169.254',
  '169.254.0.1',
  '100.100.100.200',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
])('no name may lead to %s', (address) => {
  expect(isForbiddenAddress(address)).toBe(true)
})

it.each(['127.0.0.1', '::1', '10.0.0.4', '192.168.1.2', '100.100.100.201', '2606:4700::1', 'fd12:3456::1'])(
  'a name may lead to %s',
  (address) => {
    expect(isForbiddenAddress(address)).toBe(false)
  },
)

describe('a call', () => {
  it.each(['http://metadata.example', 'https://models.example:8443'])(
    'to %s is refused when its name leads to a metadata address, with what to do',
    async (origin) => {
      transport = createTransport({ lookup: answering(['169.254.169.254', 'fd00:ec2::254']) })
      await expect(get(transport, origin)).rejects.toMatchObject({
        code: 'forbidden',
        reason: 'address-forbidden',
        message: expect.stringContaining(new URL(origin).host),
        fix: expect.stringContaining('baseUrl'),
      })
    },
  )

  it('is refused when the name changes its address after the first call', async () => {
    upstream = await listenHttp((_request, response) => response.setHeader('connection', 'close').end('fine'))
    transport = createTransport({ lookup: answering(['127.0.0.1'], ['169.254.169.254']) })
    const origin = `http://rebinding.example:${upstream.port}`
    await expect(get(transport, origin)).resolves.toMatchObject({ status: 200 })
    await expect(get(transport, origin)).rejects.toMatchObject({ reason: 'address-forbidden' })
  })

  it('takes the other address of a name that has a link-local one too', async () => {
    upstream = await listenHttp((_request, response) => response.end('fine'))
    transport = createTransport({ lookup: answering(['fe80::1', '127.0.0.1']) })
    await expect(get(transport, `http://two.example:${upstream.port}`)).resolves.toMatchObject({ status: 200 })
  })

  it('to an address that is itself configured asks no resolver', async () => {
    upstream = await listenHttp((_request, response) => response.end('fine'))
    transport = createTransport({ lookup: answering(['169.254.169.254']) })
    await expect(get(transport, upstream.origin)).resolves.toMatchObject({ status: 200 })
  })
})
