import { codexAuthFace } from '../codex/auth.ts'
import { createCodexFace } from '../codex/face.ts'
import type { FaceOptions, UpstreamFace } from './face.ts'

/** The upstreams that an emulator serves besides GitHub and Copilot. */
export const createFaces = (options: FaceOptions = {}): readonly UpstreamFace[] => [
  createCodexFace(options.codex),
  codexAuthFace,
]
