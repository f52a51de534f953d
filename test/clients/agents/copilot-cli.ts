import { runAgent, type AgentRun, type Desk } from './run-agent.ts'

/** What has it speak one of the protocols to a provider of its user's, and what follows that provider's address. */
export const wires = {
  chat: { env: { COPILOT_PROVIDER_TYPE: 'openai', COPILOT_PROVIDER_WIRE_API: 'completions' }, path: '/v1' },
  responses: { env: { COPILOT_PROVIDER_TYPE: 'openai', COPILOT_PROVIDER_WIRE_API: 'responses' }, path: '/v1' },
  messages: { env: { COPILOT_PROVIDER_TYPE: 'anthropic' }, path: '' },
} as const

/** Variables that lead it to a model of the gateway at `url`, or of one of its routes, by a wire. */
export function providerAt(wire: keyof typeof wires, url: string, model: string): Readonly<Record<string, string>> {
  const { env, path } = wires[wire]
  return {
    ...env,
    COPILOT_OFFLINE: 'true',
    COPILOT_PROVIDER_BASE_URL: url + path,
    COPILOT_PROVIDER_TRANSPORT: 'http',
    COPILOT_PROVIDER_API_KEY: 'any',
    COPILOT_MODEL: model,
  }
}

/** Runs the Copilot CLI once; what it talks to is in its variables. */
export function runCopilotCli(desk: Desk, env: Readonly<Record<string, string>>, prompt: string): Promise<AgentRun> {
  return runAgent('copilot', desk, ['-p', prompt, '--allow-all-tools', '--allow-all-paths', '--no-color'], env)
}
