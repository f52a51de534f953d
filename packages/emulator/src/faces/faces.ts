import { createAnthropicFace } from './anthropic/face.ts'
import { createAzureFace } from './azure/face.ts'
import { codexAuthFace } from './codex/auth.ts'
import { createCodexFace } from './codex/face.ts'
import { createCompatibleFace } from './compatible/face.ts'
import { createDashscopeFace } from './dashscope/face.ts'
import { createOllamaFace } from './ollama/face.ts'
import { createOpenaiFace } from './openai/face.ts'
import type { FaceOptions, UpstreamFace } from './face.ts'

/** The upstreams that an emulator serves besides GitHub and Copilot. */
export const createFaces = (options: FaceOptions = {}): readonly UpstreamFace[] => [
  createOpenaiFace(options.openai),
  createAzureFace(options.azure),
  createDashscopeFace(options.dashscope),
  createCompatibleFace(options.compatible),
  createAnthropicFace(options.anthropic),
  createOllamaFace(options.ollama),
  createCodexFace(options.codex),
  codexAuthFace,
]
