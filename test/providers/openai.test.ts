import { provesContract } from './contract.ts'

provesContract({
  title: 'openai by Responses and Chat Completions',
  face: 'openai',
  settings: ({ openai }) => ({
    name: 'openai',
    type: 'openai',
    baseUrl: `${openai}/v1`,
    apiKey: 'sk-test',
    endpoints: ['responses', 'chat'],
  }),
  model: 'gpt-5.4',
  seals: { responses: 'encrypted_content', messages: 'encrypted_content' },
})

provesContract({
  title: 'openai by Chat Completions alone',
  face: 'openai',
  settings: ({ openai }) => ({ name: 'openai', type: 'openai', baseUrl: `${openai}/v1`, apiKey: 'sk-test' }),
  model: 'gpt-5-mini',
})

provesContract({
  title: 'openai with a model that does not reason',
  face: 'openai',
  settings: ({ openai }) => ({
    name: 'openai',
    type: 'openai',
    baseUrl: `${openai}/v1`,
    apiKey: 'sk-test',
    endpoints: ['responses', 'chat'],
  }),
  model: 'gpt-4.1',
  without: { reasoning: 'the model has none' },
})
