import type { FaceOptions, UpstreamFace } from './face.ts'

/** The upstreams that an emulator serves besides GitHub and Copilot. */
export const createFaces = (_options: FaceOptions = {}): readonly UpstreamFace[] => []
