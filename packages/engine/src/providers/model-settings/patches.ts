import type { RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { samplingDefaults } from './sampling-defaults.ts'

/** The patches that what a provider's owner says of its models asks for; none where nothing is said. */
export function modelSettingsPatches(settings: ProviderSettings): readonly RequestPatch[] {
  const models = Object.values(settings.models ?? {})
  return models.some((one) => one.temperature !== undefined || one.topP !== undefined || one.topK !== undefined)
    ? samplingDefaults(settings)
    : []
}
