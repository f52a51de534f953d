import type { Engine, ServedModel } from '@crossfeed/engine'

/** The models that some endpoint of the gateway serves, as `/v1/models` lists them: an upstream's list may have others. */
export async function servedModels(engine: Pick<Engine, 'models'>): Promise<readonly ServedModel[]> {
  const models = await engine.models()
  return models.filter((model) => model.endpoints.length > 0 || model.embeddings)
}
