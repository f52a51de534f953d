import { provesContract } from './contract.ts'

provesContract({
  title: 'azure by the deployment route',
  face: 'azure',
  settings: ({ azure }) => ({ name: 'azure', type: 'azure', baseUrl: azure, apiKey: 'azure-key' }),
  model: 'gpt-5-mini',
})

provesContract({
  title: 'azure by the v1 route, with a bearer token',
  face: 'azure',
  settings: ({ azure }) => ({
    name: 'azure',
    type: 'azure',
    baseUrl: azure,
    apiVersion: 'v1',
    apiKey: 'never-sent',
    bearerToken: () => 'eyJ.entra.token',
  }),
  model: 'gpt-5.4',
  seals: { responses: 'encrypted_content', messages: 'encrypted_content' },
})

provesContract({
  title: 'azure with a deployment whose name says nothing of its model',
  face: 'azure',
  settings: ({ azure }) => ({ name: 'azure', type: 'azure', baseUrl: azure, apiKey: 'azure-key' }),
  model: 'team-blue',
  emulator: {
    faces: {
      azure: {
        extraModels: [
          { id: 'team-blue', version: 'gpt-4.1-2025-04-14', window: 128_000, output: 16_384, vision: true },
        ],
      },
    },
  },
  without: { reasoning: 'the model has none' },
})
