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
