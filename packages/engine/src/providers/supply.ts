import type { ProtocolId, Traits } from '@crossfeed/protocols'
import type { Model, ModelLimits } from './model.ts'
import type { Limits, Provider, Supply, Target } from './provider.ts'

/** What a supply is made of. */
interface SupplyParts {
  readonly provider: Provider
  readonly model: Model
  /** The model's name at the upstream. */
  readonly wire: string
  /** The protocols it is served in, best first. */
  readonly speaks: readonly ProtocolId[]
  /** Who seals its reasoning, within the provider. */
  readonly sealedBy: string
  readonly limits: Limits
  readonly traits: (protocol: ProtocolId) => Traits
}

/** Creates the supply of one model at one provider, with a target in each protocol that it is served in. */
export function createSupply({ provider, model, wire, speaks, sealedBy, limits, traits }: SupplyParts): Supply {
  const targets = new Map<ProtocolId, Target>(
    speaks.map((protocol) => [
      protocol,
      {
        provider: provider.id,
        account: '',
        name: model.id,
        model: wire,
        protocol,
        issuer: `${provider.id}:${sealedBy}`,
        traits: traits(protocol),
        limits,
      },
    ]),
  )
  return {
    provider,
    model: wire,
    info: model,
    vendor: model.vendor,
    speaks,
    target(protocol) {
      const target = targets.get(protocol)
      if (!target) throw new Error(`${model.id} is not served in ${protocol}`)
      return target
    },
  }
}

/** The limits that somebody stated, of those that bound a request. */
export function statedLimits({
  context,
  prompt,
  output,
  images,
}: { readonly [K in keyof ModelLimits]?: ModelLimits[K] | undefined } = {}): Omit<Limits, 'tools'> {
  return {
    ...(context === undefined ? {} : { context }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(output === undefined ? {} : { output }),
    ...(images === undefined ? {} : { images }),
  }
}
