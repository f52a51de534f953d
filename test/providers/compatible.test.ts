import { provesContract } from './contract.ts'

provesContract({
  title: 'compatible without a key',
  face: 'compatible',
  settings: ({ compatible }) => ({ name: 'vllm', type: 'compatible', baseUrl: `${compatible}/v1` }),
  model: 'Qwen/Qwen3-VL-8B',
  emulator: {
    faces: {
      compatible: {
        developerRole: false,
        extraModels: [{ id: 'Qwen/Qwen3-VL-8B', window: 128_000, output: 16_384, vision: true, thinking: true }],
      },
    },
  },
})

provesContract({
  title: 'compatible that says reasoning, by Responses too',
  face: 'compatible',
  settings: ({ compatible }) => ({
    name: 'vllm',
    type: 'compatible',
    baseUrl: `${compatible}/v1`,
    apiKey: 'token-abc',
    endpoints: ['chat', 'responses'],
  }),
  model: 'Qwen/Qwen3-VL-8B',
  emulator: {
    faces: {
      compatible: {
        reasoning: 'reasoning',
        extraModels: [{ id: 'Qwen/Qwen3-VL-8B', window: 128_000, output: 16_384, vision: true, thinking: true }],
      },
    },
  },
})

provesContract({
  title: 'compatible: DashScope with its explicit prompt cache',
  face: 'dashscope',
  settings: ({ dashscope }) => ({
    name: 'dashscope',
    type: 'compatible',
    baseUrl: `${dashscope}/compatible-mode/v1`,
    apiKey: 'sk-dashscope',
    models: { 'qwen3.6-plus': { temperature: 1, topP: 0.95, topK: 20, extraBody: { preserve_thinking: true } } },
  }),
  model: 'qwen3.6-plus',
})
