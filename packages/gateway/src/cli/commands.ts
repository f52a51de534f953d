import type { ImportSource } from '@crossfeed/engine'
import type { Command } from './context.ts'

/** One flag: how it is written, what it does, its default and its variable. */
export interface FlagSpec {
  /** In commander's form: `-p, --port <number>`. */
  readonly flags: string
  readonly text: string
  readonly default?: string
  readonly env?: string
  /** The values that it can have, or usually has: a shell offers them. */
  readonly values?: readonly string[] | (() => Promise<readonly string[]>)
}

/** One command: everything that the parser and the help need to know. */
export interface CommandSpec {
  /** Words, such as `auth login`. */
  readonly name: string
  readonly sentence: string
  readonly usage: string
  readonly examples: readonly (readonly [command: string, what: string])[]
  readonly flags: readonly FlagSpec[]
  /** Exit statuses besides 0, 1 and 2. */
  readonly exits?: readonly (readonly [status: number, meaning: string])[]
  /** Its words in commander's form: `[text]`. */
  readonly words?: string
  /** What the first of them can be: a shell offers these. */
  readonly wordValues?: 'models' | readonly string[]
  load(): Promise<Command>
}

/** Shells that words can be completed in. */
export type Shell = 'bash' | 'zsh' | 'fish'
export const shells: readonly Shell[] = ['bash', 'zsh', 'fish']

/** Programs whose sign-ins can be taken over. */
export const importablePrograms: readonly (ImportSource | 'codex')[] = [
  'copilot-api',
  'litellm',
  'github-copilot',
  'opencode',
  'codex',
]

const showToken: FlagSpec = { flags: '--show-token', text: 'print the GitHub and Copilot tokens' }
const config: FlagSpec = {
  flags: '--config <file>',
  text: 'config file',
  default: 'config.json at home',
}
const emulated: FlagSpec = { flags: '--emulate', text: 'on a stand-in for Copilot' }
const network: FlagSpec = { flags: '--proxy-env', text: 'go through HTTP(S)_PROXY' }
const provider: FlagSpec = {
  flags: '--provider <name>',
  text: 'codex (ChatGPT), openai, ollama, custom, …',
  values: async () => ['codex', ...Object.keys((await import('./sign-in/provider-presets.ts')).providerPresets)],
}
const keyed: readonly FlagSpec[] = [
  { flags: '--key-env <name>', text: 'the variable that holds its key' },
  { flags: '--base-url <url>', text: 'its address' },
]
const device: FlagSpec = { flags: '--device', text: 'ChatGPT: by code, without a browser here' }
const account: readonly FlagSpec[] = [
  {
    flags: '-g, --github-token <token>',
    text: 'use this token',
    env: 'COPILOT_GITHUB_TOKEN',
  },
  {
    flags: '-a, --account-type <type>',
    text: 'individual, business, enterprise',
    values: ['individual', 'business', 'enterprise'],
  },
]
const upstreamExits: CommandSpec['exits'] = [
  [3, 'sign-in needed'],
  [4, 'refused by the service'],
  [5, 'network'],
]
const server: readonly FlagSpec[] = [
  { flags: '-p, --port <number>', text: 'port to listen on, 0 for any', default: '4141' },
  { flags: '--host <address>', text: 'address to listen on', default: '127.0.0.1' },
  config,
  { flags: '-c, --claude-code', text: 'print how to start Claude Code' },
]

/** The flags of every command. */
export const globalFlags: readonly FlagSpec[] = [
  {
    flags: '--home <dir>',
    text: 'where settings and sign-ins are kept',
    default: '~/.local/share/crossfeed',
    env: 'CROSSFEED_HOME',
  },
  { flags: '--api-home <dir>', text: 'the same, as copilot-api calls it', env: 'COPILOT_API_HOME' },
  {
    flags: '--oauth-app <app>',
    text: 'copilot, opencode or a client id',
    env: 'COPILOT_API_OAUTH_APP',
    values: ['copilot', 'opencode', 'vscode', 'copilot-cli'],
  },
  { flags: '--enterprise-url <domain>', text: 'a GitHub Enterprise domain', env: 'COPILOT_API_ENTERPRISE_URL' },
  { flags: '--json', text: 'data as JSON' },
  { flags: '--plain', text: 'no colour, no drawing, one record a line' },
  { flags: '--quiet', text: 'only results and errors' },
  { flags: '-v, --verbose', text: 'more detail, stack traces' },
  { flags: '--no-color', text: 'no colour', env: 'NO_COLOR' },
]

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'start',
    sentence: 'Runs the gateway here until Ctrl-C.',
    usage: 'crossfeed start [options]',
    examples: [
      ['crossfeed start', 'on http://127.0.0.1:4141'],
      ['crossfeed start -p 8080 -g "$TOKEN"', 'other port, own token'],
      ['crossfeed start --emulate', 'no account needed'],
    ],
    flags: [...server, ...account, network, showToken, emulated],
    exits: upstreamExits,
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'demo',
    sentence: 'Runs the gateway on made-up data: no account, nothing is kept.',
    usage: 'crossfeed demo [options]',
    examples: [
      ['crossfeed demo', 'on http://127.0.0.1:4141'],
      ['crossfeed demo --port 0', 'on any free port'],
      ['crossfeed demo --json', 'with logs for machines'],
    ],
    flags: server,
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'models',
    sentence: 'Lists the models that can be asked for, with limits and prices.',
    usage: 'crossfeed models [text] [options]',
    words: '[text]',
    wordValues: 'models',
    examples: [
      ['crossfeed models', 'all'],
      ['crossfeed models opus', 'those whose name contains opus'],
      ['crossfeed models --json', 'for a script'],
    ],
    flags: [...account, config, network, emulated],
    exits: upstreamExits,
    load: async () => (await import('./commands/models.ts')).models,
  },
  {
    name: 'check-usage',
    sentence: 'Shows what is left of the Copilot plan.',
    usage: 'crossfeed check-usage [options]',
    examples: [
      ['crossfeed check-usage', 'plan, reset date, what is left'],
      ['crossfeed check-usage --json', 'for a script'],
      ['crossfeed check-usage --plain', 'one record a line'],
    ],
    flags: [...account, config, network, emulated],
    exits: upstreamExits,
    load: async () => (await import('./commands/check-usage.ts')).checkUsage,
  },
  {
    name: 'debug',
    sentence: 'Shows versions, paths and whether there is a sign-in, for a bug report.',
    usage: 'crossfeed debug [options]',
    examples: [
      ['crossfeed debug', 'for people'],
      ['crossfeed debug --json', 'for a script'],
      ['crossfeed debug --home ./here', 'of another home'],
    ],
    flags: [config],
    load: async () => (await import('./commands/debug.ts')).debug,
  },
  {
    name: 'emulate',
    sentence: 'Runs the stand-in for GitHub, Copilot and the other supplies alone.',
    usage: 'crossfeed emulate [options]',
    examples: [
      ['crossfeed emulate', 'on any free port'],
      ['crossfeed emulate --port 4199', 'on this port'],
      ['crossfeed emulate --json', 'the address as JSON'],
    ],
    flags: [{ flags: '-p, --port <number>', text: 'port to listen on, 0 for any', default: '0' }],
    load: async () => (await import('./commands/emulate.ts')).emulate,
  },
  {
    name: 'auth',
    sentence: 'Signs in, as auth login does; see also auth status, logout, import.',
    usage: 'crossfeed auth [login|logout|status|import] [options]',
    examples: [
      ['crossfeed auth', 'sign in to GitHub'],
      ['crossfeed auth status', 'who is signed in, and how'],
      ['crossfeed auth import', "use another program's sign-in"],
    ],
    flags: [provider, ...keyed, device, config, network, showToken],
    exits: upstreamExits,
    load: async () => (await import('./commands/auth-login.ts')).login,
  },
  {
    name: 'auth login',
    sentence: 'Signs in to GitHub or ChatGPT, or adds a supply that takes a key.',
    usage: 'crossfeed auth login [options]',
    examples: [
      ['crossfeed auth login --oauth-app opencode', 'to GitHub'],
      ['crossfeed auth login --provider codex', 'to ChatGPT'],
      ['crossfeed auth login --provider openai', 'adds this supply'],
    ],
    flags: [provider, ...keyed, device, config, network, showToken],
    exits: upstreamExits,
    load: async () => (await import('./commands/auth-login.ts')).login,
  },
  {
    name: 'auth logout',
    sentence: 'Removes the sign-ins kept at home for this host.',
    usage: 'crossfeed auth logout [options]',
    examples: [
      ['crossfeed auth logout', 'github.com'],
      ['crossfeed auth logout --oauth-app opencode', 'of one app'],
      ['crossfeed auth logout --provider codex', 'of ChatGPT'],
    ],
    flags: [{ ...provider, text: 'codex: that of ChatGPT', values: ['codex'] }, config, network],
    load: async () => (await import('./commands/auth-logout.ts')).logout,
  },
  {
    name: 'auth status',
    sentence: 'Shows which sign-in is used and which are kept; asks nobody.',
    usage: 'crossfeed auth status [options]',
    examples: [
      ['crossfeed auth status', 'for people'],
      ['crossfeed auth status --json', 'for a script'],
      ['crossfeed auth status --home ./here', 'of another home'],
    ],
    flags: [config],
    exits: [[3, 'nobody is signed in']],
    load: async () => (await import('./commands/auth-status.ts')).status,
  },
  {
    name: 'auth import',
    sentence: "Copies other programs' sign-ins on this machine; they stay as they are.",
    usage: 'crossfeed auth import [options]',
    examples: [
      ['crossfeed auth import', 'all that are found'],
      ['crossfeed auth import --from opencode', 'of one program'],
      ['crossfeed auth import --json', 'what was found, for a script'],
    ],
    flags: [config, { flags: '--from <program>', text: importablePrograms.join(', '), values: importablePrograms }],
    exits: [[3, 'none was found']],
    load: async () => (await import('./commands/auth-import.ts')).importSignIns,
  },
  {
    name: 'route explain',
    sentence: 'Says how a request would travel and what would be lost; sends nothing.',
    usage: 'crossfeed route explain <model> [options]',
    words: '[model]',
    wordValues: 'models',
    examples: [
      ['crossfeed route explain gpt-5.5', 'any client'],
      ['crossfeed route explain gpt-5.5 --request call.json', 'this one'],
      ['crossfeed route explain fast --as messages --json', 'for a script'],
    ],
    flags: [
      { flags: '--request <file>', text: 'the JSON body of a request' },
      {
        flags: '--as <protocol>',
        text: 'messages, responses or chat',
        values: ['messages', 'responses', 'chat'],
      },
      ...account,
      config,
      network,
      emulated,
    ],
    exits: upstreamExits,
    load: async () => (await import('./commands/route-explain.ts')).routeExplain,
  },
  {
    name: 'config check',
    sentence: 'Checks the config file and says every line that is wrong.',
    usage: 'crossfeed config check [options]',
    examples: [
      ['crossfeed config check', 'the file at home'],
      ['crossfeed config check --config ./config.yaml', 'another file'],
      ['crossfeed config check --json', 'for a script'],
    ],
    flags: [config],
    load: async () => (await import('./commands/config-check.ts')).check,
  },
  {
    name: 'completion',
    sentence: 'Prints what makes bash, zsh or fish complete the words of this command.',
    usage: 'crossfeed completion <bash|zsh|fish>',
    words: '[words...]',
    wordValues: shells,
    examples: [
      ['eval "$(crossfeed completion bash)"', 'in ~/.bashrc'],
      ['eval "$(crossfeed completion zsh)"', 'in ~/.zshrc, below compinit'],
      ['crossfeed completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
    flags: [],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
]
