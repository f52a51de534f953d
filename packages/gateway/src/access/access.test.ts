import { expect, test } from 'vitest'
import { createAccess, type AccessRequest, type AccessSettings } from './access.ts'
import { refuseOpenBind } from './bind.ts'
import { isLoopback } from './host.ts'

const defaults: AccessSettings = {
  host: '127.0.0.1',
  apiKeys: [],
  adminApiKey: 'admin-key',
  corsOrigins: [],
  allowedHosts: [],
}

function check(settings: Partial<AccessSettings>, request: Partial<AccessRequest>): string {
  const headers = { host: '127.0.0.1:4141', ...request.headers }
  const denial = createAccess({ ...defaults, ...settings }).check({
    method: 'GET',
    path: '/v1/models',
    ...request,
    headers,
  })
  return denial === undefined ? 'passes' : `${denial.status} ${denial.reason}`
}

test.each([
  ['127.0.0.1:4141', 'passes'],
  ['localhost:4141', 'passes'],
  ['LOCALHOST', 'passes'],
  ['[::1]:4141', 'passes'],
  ['[::ffff:127.0.0.1]:4141', 'passes'],
  ['app.localhost:80', 'passes'],
  ['gateway.home:4141', 'passes'],
  ['evil.example', '403 foreign-host'],
  ['127.0.0.1.evil.example', '403 foreign-host'],
  ['localhost.evil.example:4141', '403 foreign-host'],
  ['192.168.1.5:4141', '403 foreign-host'],
  ['[::2]', '403 foreign-host'],
  ['user@127.0.0.1', '403 foreign-host'],
  ['', '403 foreign-host'],
])('Host %s: %s', (host, outcome) => {
  expect(check({ allowedHosts: ['gateway.home'] }, { headers: { host } })).toBe(outcome)
})

test('on every address, any address is a name of the gateway, and a foreign name is still none', () => {
  const open = { host: '0.0.0.0', apiKeys: ['k'] }
  const key = { 'x-api-key': 'k' }
  expect(check(open, { headers: { host: '192.168.1.5:4141', ...key } })).toBe('passes')
  expect(check(open, { headers: { host: 'evil.example', ...key } })).toBe('403 foreign-host')
})

test('a foreign host is refused before anything else, even with the key and on public paths', () => {
  const headers = { host: 'evil.example', 'x-api-key': 'k' }
  expect(check({ apiKeys: ['k'] }, { path: '/', headers })).toBe('403 foreign-host')
  expect(check({ apiKeys: ['k'] }, { method: 'OPTIONS', headers })).toBe('403 foreign-host')
})

test.each([
  ['http://127.0.0.1:4141', 'passes'],
  ['https://app.example', 'passes'],
  ['http://127.0.0.1:3000', '403 foreign-origin'],
  ['https://evil.example', '403 foreign-origin'],
  ['null', '403 foreign-origin'],
])('Origin %s: %s', (origin, outcome) => {
  expect(check({ corsOrigins: ['https://app.example/'] }, { method: 'POST', headers: { origin } })).toBe(outcome)
})

test('CORS headers go to configured origins only', () => {
  const access = createAccess({ ...defaults, corsOrigins: ['https://app.example'] })
  expect(access.corsHeaders('https://evil.example')).toBeUndefined()
  expect(access.corsHeaders(undefined)).toBeUndefined()
  expect(access.corsHeaders('https://app.example', 'x-custom')).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-headers': 'x-custom',
    vary: 'Origin',
  })
  expect(createAccess(defaults).corsHeaders('https://app.example')).toBeUndefined()
})

test.each([
  ['no key', {}, '401 unauthorized'],
  ['first key', { 'x-api-key': 'one' }, 'passes'],
  ['second key as bearer', { authorization: 'Bearer two' }, 'passes'],
  ['bearer in lower case', { authorization: 'bearer two' }, 'passes'],
  ['wrong key', { 'x-api-key': 'three' }, '401 unauthorized'],
  ['prefix of a key', { 'x-api-key': 'on' }, '401 unauthorized'],
  ['empty key', { 'x-api-key': '' }, '401 unauthorized'],
  [
    'wrong x-api-key wins over a right bearer',
    { 'x-api-key': 'three', authorization: 'Bearer two' },
    '401 unauthorized',
  ],
  ['admin key is no regular key', { 'x-api-key': 'admin-key' }, '401 unauthorized'],
  ['basic', { authorization: 'Basic dHdvOg==' }, '401 unauthorized'],
])('keys: %s', (_name, headers, outcome) => {
  expect(check({ apiKeys: ['one', 'two'] }, { headers })).toBe(outcome)
})

test('what needs no key: preflight, the front page and health; a refusal carries the challenge', () => {
  const settings = { apiKeys: ['one'] }
  for (const path of ['/', '/api/hello', '/health/live', '/health/ready', '/?x=1']) {
    expect(check(settings, { path })).toBe('passes')
    expect(check(settings, { path, method: 'HEAD' })).toBe('passes')
    expect(check(settings, { path, method: 'POST' })).toBe('401 unauthorized')
  }
  expect(check(settings, { method: 'OPTIONS', path: '/v1/messages' })).toBe('passes')
  const denial = createAccess({ ...defaults, ...settings }).check({ method: 'GET', path: '/v1/models', headers: {} })
  expect(denial?.headers).toEqual({ 'www-authenticate': 'Bearer realm="crossfeed"' })
})

test('admin routes take the admin key only, also in open mode, in every spelling of the path', () => {
  for (const path of [
    '/token',
    '/admin',
    '/admin/config',
    '/ADMIN/x',
    '//admin/x',
    '/%61dmin/x',
    '/token/',
    '/./admin/x',
  ]) {
    expect(check({}, { path })).toBe('401 admin-key-needed')
    expect(check({ apiKeys: ['one'] }, { path, headers: { 'x-api-key': 'one' } })).toBe('401 admin-key-needed')
    expect(check({}, { path, headers: { authorization: 'Bearer admin-key' } })).toBe('passes')
    expect(check({ adminApiKey: undefined }, { path, headers: { 'x-api-key': '' } })).toBe('401 admin-key-needed')
  }
  expect(check({}, { path: '/administrator' })).toBe('passes')
})

test('JSON in disguise is refused', () => {
  const post = (type: string): string => check({}, { method: 'POST', headers: { 'content-type': type } })
  expect(post('text/plain;charset=UTF-8')).toBe('415 unsafe-content-type')
  expect(post('application/x-www-form-urlencoded')).toBe('415 unsafe-content-type')
  expect(post('application/json')).toBe('passes')
  expect(check({}, { method: 'POST' })).toBe('passes')
})

test('an address that others reach needs a key', () => {
  expect(refuseOpenBind({ host: '0.0.0.0', apiKeys: [] })).toMatchObject({ reason: 'open-bind' })
  expect(refuseOpenBind({ host: '::', apiKeys: [] })?.fix).toContain('auth.apiKeys')
  expect(refuseOpenBind({ host: '0.0.0.0', apiKeys: ['k'] })).toBeUndefined()
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.1.2.3']) {
    expect(isLoopback(host)).toBe(true)
    expect(refuseOpenBind({ host, apiKeys: [] })).toBeUndefined()
  }
})
