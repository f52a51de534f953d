import { compactHere } from './compact-here.ts'
import { besideThinking } from './beside-thinking.ts'
import { dropParameter } from './drop-parameter.ts'
import { effortBesideTools } from './effort-beside-tools.ts'
import { fitEffort } from './fit-effort.ts'
import { freeSchemas } from './free-schemas.ts'
import { leaveCompact } from './leave-compact.ts'
import { lowerOutput } from './lower-output.ts'
import { lowerTools } from './lower-tools.ts'
import { mendHistory } from './mend-history.ts'
import { oneSampler } from './one-sampler.ts'
import { otherEndpoint } from './other-endpoint.ts'
import { plainSchemas } from './plain-schemas.ts'
import type { Recovery } from './recovery.ts'
import { refreshLogin } from './refresh-login.ts'
import { shortCallIds } from './short-call-ids.ts'
import { staleReplica } from './stale-replica.ts'
import { stripSeals } from './strip-seals.ts'
import { systemPlace } from './system-place.ts'
import { waitAndRetry } from './wait-and-retry.ts'

/** What is tried at once, in the order in which they are asked. */
export const recoveries: readonly Recovery[] = [
  stripSeals,
  refreshLogin,
  leaveCompact,
  staleReplica,
  otherEndpoint,
  effortBesideTools,
  lowerOutput,
  fitEffort,
  besideThinking,
  freeSchemas,
  plainSchemas,
  lowerTools,
  systemPlace,
  shortCallIds,
  mendHistory,
  oneSampler,
  dropParameter,
  compactHere,
]

/** What is tried when there is no other target to go to. */
export const lastRecoveries: readonly Recovery[] = [waitAndRetry]
