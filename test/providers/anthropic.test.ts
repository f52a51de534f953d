import { provesContract } from './contract.ts'

provesContract({
  title: 'anthropic with a model that thinks by budget',
  face: 'anthropic',
  settings: ({ anthropic }) => ({
    name: 'anthropic',
    type: 'anthropic',
    baseUrl: `${anthropic}/v1`,
    apiKey: 'sk-ant-api03-test',
  }),
  model: 'claude-sonnet-4-5',
  seals: { chat: 'signature', responses: 'signature', messages: 'signature' },
})

provesContract({
  title: 'anthropic with a model that thinks adaptively, and the token of a sign-in',
  face: 'anthropic',
  settings: ({ anthropic }) => ({
    name: 'anthropic',
    type: 'anthropic',
    baseUrl: `${anthropic}/v1`,
    bearerToken: 'sk-ant-oat01-test',
  }),
  model: 'claude-opus-4-7',
  seals: { chat: 'signature', responses: 'signature', messages: 'signature' },
})
