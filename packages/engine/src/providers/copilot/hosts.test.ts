import { describe, expect, it } from 'vitest'
import { addressOf, createHosts } from './hosts.ts'

const refused = expect.objectContaining({ reason: 'copilot-host-refused' })

describe('createHosts', () => {
  it('derives every address of github.com', () => {
    const hosts = createHosts()
    expect([hosts.host, hosts.web, hosts.api]).toEqual(['github.com', 'https://github.com', 'https://api.github.com'])
    expect(hosts.copilot()).toBe('https://api.githubcopilot.com')
  })

  it.each([
    ['business', 'https://api.business.githubcopilot.com'],
    ['enterprise', 'https://api.enterprise.githubcopilot.com'],
    ['', 'https://api.githubcopilot.com'],
  ])('takes the account type %s', (accountType, base) => {
    expect(createHosts({ accountType }).copilot()).toBe(base)
  })

  it.each(['pro', 'constructor', 'evil.com/'])('refuses the account type %s', (accountType) => {
    expect(() => createHosts({ accountType })).toThrow(expect.objectContaining({ code: 'invalid-request' }))
  })

  it.each(['company.ghe.com', 'https://company.ghe.com/', 'http://Company.GHE.com//'])(
    'derives a tenant from %s',
    (enterprise) => {
      const hosts = createHosts({ enterprise })
      expect(hosts.host).toBe('company.ghe.com')
      expect(hosts.web).toBe('https://company.ghe.com')
      expect(hosts.api).toBe('https://api.company.ghe.com')
      expect(hosts.copilot()).toBe('https://copilot-api.company.ghe.com')
    },
  )

  it.each(['evil.com/@company.ghe.com', 'user:pass@x.com', 'localhost'])('refuses the tenant %s', (enterprise) => {
    expect(() => createHosts({ enterprise })).toThrow(expect.objectContaining({ reason: 'config-hosts' }))
  })

  it('never leaves a host out of an override: what is not named falls back to what is', () => {
    const hosts = createHosts({ githubUrl: 'http://127.0.0.1:9000/gh/' })
    expect([hosts.web, hosts.api, hosts.copilot()]).toEqual(Array(3).fill('http://127.0.0.1:9000/gh'))
    expect(hosts.host).toBe('127.0.0.1:9000')
  })
})

describe('the Copilot address of an answer', () => {
  it.each(['https://api.business.githubcopilot.com', 'https://copilot-api.x.ghe.com/'])('accepts %s', (endpoint) => {
    expect(createHosts().copilot(endpoint)).toBe(endpoint.replace(/\/$/, ''))
  })

  it.each([
    'https://evil.com',
    'http://api.githubcopilot.com',
    'https://githubcopilot.com.evil.com',
    'https://evilgithubcopilot.com',
    'https://api.githubcopilot.com:8443',
    'https://a:b@api.githubcopilot.com',
    'http://127.0.0.1:9',
    'nonsense',
  ])('refuses %s', (endpoint) => {
    expect(() => createHosts().copilot(endpoint)).toThrow(refused)
  })

  it('keeps a tenant with itself', () => {
    const hosts = createHosts({ enterprise: 'company.ghe.com' })
    expect(hosts.copilot('https://copilot-api.company.ghe.com')).toBe('https://copilot-api.company.ghe.com')
    expect(() => hosts.copilot('https://api.githubcopilot.com')).toThrow(refused)
    expect(() => hosts.copilot('https://copilot-api.other.ghe.com')).toThrow(refused)
  })

  it('accepts the hosts that were named instead of GitHub, and only those', () => {
    const hosts = createHosts({ githubApiUrl: 'http://127.0.0.1:9000' })
    expect(hosts.copilot('http://127.0.0.1:9001')).toBe('http://127.0.0.1:9001')
    expect(() => hosts.copilot('https://api.githubcopilot.com')).toThrow(refused)
  })

  it('takes a base for answers that name no address, which those that do win over', () => {
    const hosts = createHosts({ copilotBase: 'https://copilot.corp.example/api/' })
    expect(hosts.copilot()).toBe('https://copilot.corp.example/api')
    expect(hosts.copilot('https://api.business.githubcopilot.com')).toBe('https://api.business.githubcopilot.com')
    const both = createHosts({ copilotBase: 'https://a.example', copilotUrl: 'https://b.example' })
    expect(both.copilot()).toBe('https://b.example')
    expect(() => createHosts({ copilotBase: 'a.example' })).toThrow('GITHUB_COPILOT_API_BASE')
  })

  it('lets an explicit address win', () => {
    expect(createHosts({ copilotUrl: 'http://127.0.0.1:1/' }).copilot('https://evil.com')).toBe('http://127.0.0.1:1')
  })
})

it('splits bases', () => {
  expect(addressOf('https://a.b', '/models')).toEqual({ origin: 'https://a.b', path: '/models' })
  expect(addressOf('http://a:1/x/y', '/models')).toEqual({ origin: 'http://a:1', path: '/x/y/models' })
})
