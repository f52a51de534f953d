import { chatCallTypes } from '../patches/chat-call-types.ts'
import { effortFitted } from '../patches/openai-effort.ts'
import { familyOf } from '../openai-families.ts'
import { developerAsSystem, maxTokensName, samplingRefused } from '../patches/openai-sampling.ts'
import { toolSchemas } from '../patches/tool-schemas.ts'
import type { RequestPatch } from '../provider.ts'

/** The mends of requests. */
export const requestPatches: readonly RequestPatch[] = [
  // A model of no known family may be another vendor's behind OpenAI's address.
  developerAsSystem((target) => familyOf(target.model) === undefined && familyOf(target.name) === undefined),
  chatCallTypes,
  ...toolSchemas,
  maxTokensName,
  ...effortFitted,
  ...samplingRefused,
]
