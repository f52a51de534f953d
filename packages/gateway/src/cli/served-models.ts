import type { Copilot, Model } from '@crossfeed/engine'

/** The models that some endpoint of the gateway serves, as `/v1/models` lists them: the upstream's list has others. */
export async function servedModels(copilot: Pick<Copilot, 'models'>): Promise<readonly Model[]> {
  const models = await copilot.models()
  return models.filter((model) => model.endpoints.length > 0 || model.embeddings)
}
