import type { BodyName } from './bodies.ts'

/** How a scenario is measured. */
export type Kind = 'requests' | 'burst' | 'paced' | 'count' | 'start'

/** One thing that users do, and how it is measured. */
export interface Scenario {
  readonly id: string
  readonly title: string
  readonly kind: Kind
  readonly path: string
  readonly body: BodyName
  /** Connections that ask at the same time, each again as soon as it is answered. */
  readonly connections: number
  /** The targets for which the scenario makes sense. */
  readonly targets: readonly TargetName[]
}

/** What is measured: the upstream itself, the least that a proxy can cost, and Crossfeed. */
export type TargetName = 'direct' | 'nginx' | 'crossfeed'

const chat = '/v1/chat/completions'
const messages = '/v1/messages'
const all: readonly TargetName[] = ['direct', 'nginx', 'crossfeed']

/** In the order in which they are run and printed. */
export const scenarios: readonly Scenario[] = [
  { id: 'S1', title: 'Chat relayed, JSON', kind: 'requests', path: chat, body: 'chat', connections: 32, targets: all },
  {
    id: 'S2',
    title: 'Messages translated to chat, JSON',
    kind: 'requests',
    path: messages,
    body: 'messages',
    connections: 32,
    targets: all,
  },
  {
    id: 'S3',
    title: 'Chat relayed, 200 chunks in a burst',
    kind: 'burst',
    path: chat,
    body: 'chat-stream',
    connections: 16,
    targets: all,
  },
  {
    id: 'S4',
    title: 'Messages translated to chat, 200 chunks in a burst',
    kind: 'burst',
    path: messages,
    body: 'messages-stream',
    connections: 16,
    targets: all,
  },
  {
    id: 'S5',
    title: 'A 1 MB agent request translated',
    kind: 'requests',
    path: messages,
    body: 'agent',
    connections: 4,
    targets: all,
  },
  {
    id: 'S6',
    title: 'Tokens of an 820 kB prompt counted',
    kind: 'count',
    path: '/v1/messages/count_tokens',
    body: 'count',
    connections: 1,
    targets: ['crossfeed'],
  },
  {
    id: 'S7a',
    title: 'Slow concurrent streams relayed',
    kind: 'paced',
    path: chat,
    body: 'chat-stream',
    connections: 1,
    targets: all,
  },
  {
    id: 'S7b',
    title: 'Slow concurrent streams translated',
    kind: 'paced',
    path: messages,
    body: 'messages-stream',
    connections: 1,
    targets: all,
  },
  {
    id: 'S8',
    title: 'From start to the first answer',
    kind: 'start',
    path: chat,
    body: 'chat',
    connections: 1,
    targets: ['nginx', 'crossfeed'],
  },
]
