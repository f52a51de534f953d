import { describe, expect, it } from 'vitest'
import { chooseProfile, createHeaders, pickForwarded } from './headers.ts'
import type { CallKind, HeaderProfile } from './headers.ts'

const kinds: CallKind[] = ['chat', 'responses', 'messages', 'embeddings', 'models', 'token', 'account', 'user']
const marks = {
  bearer: 'T',
  initiator: 'agent',
  vision: true,
  requestId: 'R',
  interactionType: 'conversation-agent',
} as const

describe('the header matrix', () => {
  it.each<[HeaderProfile, boolean]>([
    ['crossfeed', false],
    ['crossfeed', true],
    ['editor', true],
    ['opencode', false],
  ])('%s, exchanged %s', (profile, exchanged) => {
    const write = createHeaders({ profile, version: '1.2.3', exchanged })
    expect(Object.fromEntries(kinds.map((kind) => [kind, write(kind, { bearer: 'T' })]))).toMatchSnapshot()
  })

  it('claims another product only when its app was chosen', () => {
    for (const app of [undefined, 'gh', 'Ov23ownapp0000000000', 'copilot-cli']) {
      const write = createHeaders({ profile: chooseProfile(app), version: '1', exchanged: true })
      for (const kind of kinds)
        expect(JSON.stringify(write(kind, marks))).not.toMatch(/vscode|opencode|copilot-chat|GitHubCopilot/i)
    }
    expect([chooseProfile('copilot'), chooseProfile('vscode'), chooseProfile('opencode')]).toEqual([
      'editor',
      'editor',
      'opencode',
    ])
  })

  it('never invents an id', () => {
    for (const profile of ['crossfeed', 'editor', 'opencode'] as const) {
      const write = createHeaders({ profile, version: '1' })
      for (const kind of kinds) {
        expect(Object.keys(write(kind, marks)).join(' ')).not.toMatch(/machine|session|device|interaction-id|task-id/)
      }
    }
  })
})

describe('what differs from call to call', () => {
  it('is passed on', () => {
    expect(createHeaders({ profile: 'crossfeed', version: '1' })('chat', marks)).toMatchObject({
      authorization: 'Bearer T',
      'x-initiator': 'agent',
      'copilot-vision-request': 'true',
      'x-request-id': 'R',
      'x-interaction-type': 'conversation-agent',
    })
  })

  it('leaves nothing behind for the next call', () => {
    const write = createHeaders({ profile: 'crossfeed', version: '1' })
    write('chat', marks)
    expect(write('chat', { bearer: 'U' })).not.toHaveProperty('x-initiator')
    expect(write('chat', { bearer: 'U' })).not.toHaveProperty('copilot-vision-request')
  })

  it('has no interaction headers as opencode', () => {
    const headers = createHeaders({ profile: 'opencode', version: '1' })('chat', marks)
    expect(headers).not.toHaveProperty('x-interaction-type')
    expect(headers).not.toHaveProperty('x-request-id')
    expect(headers['x-initiator']).toBe('agent')
  })

  it("lets the client's editor win over the profile and the user's own headers over both, whatever their case", () => {
    const write = createHeaders({
      profile: 'editor',
      version: '1',
      extra: { 'Editor-VERSION': 'mine/1', 'X-Own': 'a' },
    })
    const forwarded = { 'editor-version': 'theirs/1', 'copilot-integration-id': 'theirs' }
    const headers = write('chat', { bearer: 'T', forwarded })
    expect(headers).toMatchObject({ 'editor-version': 'mine/1', 'copilot-integration-id': 'theirs', 'x-own': 'a' })
    expect(new Set(Object.keys(headers).map((name) => name.toLowerCase())).size).toBe(Object.keys(headers).length)
  })

  it('refuses headers of the connection', () => {
    expect(() => createHeaders({ profile: 'crossfeed', version: '1', extra: { Host: 'x' } })).toThrow(
      expect.objectContaining({ reason: 'config-headers' }),
    )
  })
})

describe('headers of the client that are passed on', () => {
  it('are the user agent only of a client that says which editor it is', () => {
    expect(pickForwarded({ 'user-agent': 'claude-cli/2', 'x-api-key': 'canary' }, 'crossfeed')).toBeUndefined()
    expect(pickForwarded({ 'user-agent': 'a/1', 'editor-version': 'b/2', 'x-api-key': 'canary' }, 'editor')).toEqual({
      'user-agent': 'a/1',
      'editor-version': 'b/2',
    })
  })

  it('are those of opencode where its app was chosen, and nowhere else (OC-05)', () => {
    const client = {
      'user-agent': 'opencode/1.18.33',
      'x-session-affinity': 's1',
      'x-parent-session-id': 'p1',
      'x-api-key': 'canary',
    }
    expect(pickForwarded(client, 'opencode')).toEqual({
      'user-agent': 'opencode/1.18.33',
      'x-session-affinity': 's1',
      'x-parent-session-id': 'p1',
    })
    expect(pickForwarded({ ...client, 'user-agent': 'claude-cli/2' }, 'opencode')).toBeUndefined()
    expect(pickForwarded(client, 'crossfeed')).toBeUndefined()
    expect(pickForwarded(client, 'editor')).toBeUndefined()
  })
})
