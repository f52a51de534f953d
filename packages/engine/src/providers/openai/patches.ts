import { chatCallTypes } from '../patches/chat-call-types.ts'
import { chatEmptyTurns } from '../patches/chat-empty-turns.ts'
import { developerAsSystem } from '../patches/developer-as-system.ts'
import { maxTokensName } from '../patches/max-tokens-name.ts'
import { metadataUnstored } from '../patches/metadata-unstored.ts'
import { effortFitted } from '../patches/openai-effort.ts'
import { samplingRefused } from '../patches/openai-sampling.ts'
import { toolSchemas } from '../patches/tool-schemas.ts'
import { familyOf } from '../openai-families.ts'
import type { RequestPatch } from '../provider.ts'

/** The mends of requests. */
export const requestPatches: readonly RequestPatch[] = [
  // A model of no known family may be another vendor's behind OpenAI's address.
  developerAsSystem((target) => familyOf(target.model) === undefined && familyOf(target.name) === undefined),
  chatCallTypes,
  chatEmptyTurns,
  metadataUnstored,
  ...toolSchemas,
  maxTokensName,
  ...effortFitted,
  ...samplingRefused,
]
