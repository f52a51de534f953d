import type { Model } from '@crossfeed/engine'
import { writeCall, writeVariables, type Dialect } from './shell.ts'

/** What a client needs to be told. */
export interface Target {
  /** Such as `http://127.0.0.1:4141`. */
  readonly url: string
  /** What to write where a key goes: a real one is never shown. */
  readonly key: string
}

/** The models that a client is started with. */
export interface Choice {
  readonly main: string
  /** For titles, summaries and other small work. */
  readonly small: string
}

/** What stands for the key: any word when no key is needed. */
export function keyShown(apiKeys: readonly string[]): string {
  return apiKeys.length === 0 ? 'none-needed' : 'your-crossfeed-key'
}

/** A sensible choice from the list: the newest strong model, preferably Claude's, and a small one. */
export function chooseModels(models: readonly Pick<Model, 'id'>[]): Choice | undefined {
  const ids = models.map((model) => model.id)
  const main = newest(ids, /opus/) ?? newest(ids, /sonnet/) ?? newest(ids, /(?:^|\/)gpt-\d/) ?? ids[0]
  if (main === undefined) return undefined
  return { main, small: newest(ids, /haiku/) ?? newest(ids, /mini|flash|nano/) ?? main }
}

/** The variables that Claude Code reads (CC-02). */
export function claudeCodeVariables(target: Target, choice: Choice): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: target.url,
    ANTHROPIC_AUTH_TOKEN: target.key,
    ANTHROPIC_MODEL: choice.main,
    ANTHROPIC_DEFAULT_OPUS_MODEL: choice.main,
    ANTHROPIC_DEFAULT_SONNET_MODEL: choice.main,
    ANTHROPIC_SMALL_FAST_MODEL: choice.small,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: choice.small,
    DISABLE_NON_ESSENTIAL_MODEL_CALLS: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  }
}

/** A coding agent that the guide can start. */
export type AgentId = 'claude' | 'codex' | 'opencode'

export const agents: readonly {
  readonly id: AgentId
  readonly label: string
  readonly command: string
  readonly install: string
}[] = [
  { id: 'claude', label: 'Claude Code', command: 'claude', install: 'npm install -g @anthropic-ai/claude-code' },
  { id: 'codex', label: 'Codex', command: 'codex', install: 'npm install -g @openai/codex' },
  { id: 'opencode', label: 'opencode', command: 'opencode', install: 'npm install -g opencode-ai' },
]

/** How an agent is started: only by variables and arguments, so that nothing is written to its settings. */
export interface Launch {
  readonly command: string
  readonly variables: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

/** The model that suits an agent; undefined when there is none at all. */
export function chooseModelFor(agent: AgentId, models: readonly Pick<Model, 'id'>[]): string | undefined {
  const main = chooseModels(models)?.main
  if (agent !== 'codex') return main
  const ids = models.map((model) => model.id)
  return newest(ids, /codex|(?:^|\/)gpt-\d[\d.]*$/) ?? main
}

/**
 * The start of an agent on a gateway with a model. `models` are those that are served: Claude Code makes `opus`, `sonnet` and
 * `haiku`, of which its subagents and titles are, into names of its vendor's newest, which a supply need not have.
 */
export function launchOf(
  agent: AgentId,
  { url, key }: Target,
  model: string,
  models: readonly Pick<Model, 'id'>[],
): Launch {
  switch (agent) {
    case 'claude':
      return {
        command: 'claude',
        variables: { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key, ...familiesOf(model, models) },
        args: ['--model', model],
      }
    case 'codex': {
      const settings = { name: 'Crossfeed', base_url: `${url}/v1`, wire_api: 'responses', env_key: 'CROSSFEED_KEY' }
      return {
        command: 'codex',
        variables: { CROSSFEED_KEY: key },
        // A setting each, and none in quotes: every shell reads them alike.
        args: [
          '-c',
          'model_provider=crossfeed',
          ...Object.entries(settings).flatMap(([name, value]) => ['-c', `model_providers.crossfeed.${name}=${value}`]),
          '-m',
          model,
        ],
      }
    }
    case 'opencode': {
      const options = { baseURL: `${url}/v1`, apiKey: key }
      const config = {
        provider: { crossfeed: { npm: '@ai-sdk/anthropic', options, models: { [model]: {} } } },
        model: `crossfeed/${model}`,
      }
      return { command: 'opencode', variables: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config) }, args: [] }
    }
  }
}

/** What `opus`, `sonnet` and `haiku` stand for. */
function familiesOf(main: string, models: readonly Pick<Model, 'id'>[]): Record<string, string> {
  const ids = models.map(({ id }) => id)
  return {
    ANTHROPIC_DEFAULT_OPUS_MODEL: newest(ids, /opus/) ?? main,
    ANTHROPIC_DEFAULT_SONNET_MODEL: newest(ids, /sonnet/) ?? main,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: chooseModels(models)?.small ?? main,
  }
}

/** What is pasted for one client. */
export interface ClientSetting {
  readonly client: string
  /** The words of one line; it may be broken between them. */
  readonly words: readonly string[]
}

/** One ready-to-paste command or set of variables for each client. Nothing in them is written to any settings. */
export function clientSettings(
  target: Target,
  models: readonly Pick<Model, 'id'>[],
  dialect: Dialect,
): readonly ClientSetting[] {
  return [
    ...agents.map(({ id, label }) => {
      const model = chooseModelFor(id, models) ?? 'claude-sonnet-4.6'
      return { client: label, words: writeCall(launchOf(id, target, model, models), dialect) }
    }),
    ...sdkSettings(target, dialect),
  ]
}

/** The variables that the official SDKs read by themselves. */
export function sdkSettings({ url, key }: Target, dialect: Dialect): readonly ClientSetting[] {
  return [
    { client: 'OpenAI SDK', words: writeVariables({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key }, dialect) },
    { client: 'Anthropic SDK', words: writeVariables({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }, dialect) },
  ]
}

/**
 * The name with the highest version among those that match; the shorter one of equals. One of the Copilot seat, which is paid for,
 * comes before those that are paid by use.
 */
function newest(ids: readonly string[], pattern: RegExp): string | undefined {
  const bare = ids.filter((id) => !id.includes('/') && pattern.test(id))
  const version = (id: string): readonly number[] => id.match(/\d+/g)?.map(Number) ?? []
  return (bare.length > 0 ? bare : ids.filter((id) => pattern.test(id))).toSorted(
    (a, b) => compare(version(b), version(a)) || a.length - b.length,
  )[0]
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
