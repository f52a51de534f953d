import { provesContract } from './contract.ts'

provesContract({
  title: 'ollama by its OpenAI route',
  face: 'ollama',
  settings: ({ ollama }) => ({ name: 'ollama', type: 'ollama', baseUrl: `${ollama}/v1` }),
  model: 'qwen3-vl:8b',
  emulator: {
    faces: {
      ollama: {
        extraModels: [{ id: 'qwen3-vl:8b', window: 128_000, output: 16_384, vision: true, thinking: true }],
      },
    },
  },
})

provesContract({
  title: 'ollama by its own chat, with a context of a set length',
  face: 'ollama',
  settings: ({ ollama }) => ({
    name: 'ollama',
    type: 'ollama',
    baseUrl: `${ollama}/v1`,
    models: { 'qwen3-vl:8b': { limits: { context: 65_536 } } },
  }),
  model: 'qwen3-vl:8b',
  emulator: {
    faces: {
      ollama: {
        extraModels: [{ id: 'qwen3-vl:8b', window: 4096, output: 16_384, vision: true, thinking: true }],
      },
    },
  },
})
