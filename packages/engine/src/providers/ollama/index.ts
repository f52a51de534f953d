import { startOllama } from '../explain-failure.ts'
import type { KeyedKind } from '../keyed.ts'
import { openAiPaths, readOpenAiModels } from '../openai-dialect.ts'
import { authorize } from './auth.ts'
import { traitsOf } from './models.ts'
import { windowOf } from './native-request.ts'
import { readNativeAnswer } from './native-answer.ts'
import { eventPatches, requestPatches } from './patches.ts'

/**
 * Models on this machine, or another one's. By Ollama's OpenAI route; by its native `/api/chat` for models whose owner set
 * `limits.context`, because only there a request can say how long the context window shall be (`num_ctx`).
 */
export const ollama: KeyedKind = {
  baseUrl: 'http://localhost:11434/v1',
  endpoints: () => ['chat'],
  path: (endpoint) => openAiPaths[endpoint],
  call: (address, endpoint, model, settings) =>
    endpoint === 'chat' && windowOf(settings, model) !== undefined
      ? { ...address, path: address.path.replace(/(?:\/v1)?\/chat\/completions$/, '/api/chat'), read: readNativeAnswer }
      : address,
  authorize,
  readModels: readOpenAiModels,
  // A name without a tag means the tag `latest`, by which it is listed.
  sameName: (name) => (name.endsWith(':latest') ? name.slice(0, -':latest'.length) : withTag(name)),
  traits: traitsOf,
  requestPatches,
  eventPatches,
  hint(error) {
    if (error.reason === 'network-refused') return startOllama
    if (error.status === 404 && /model .*not found/i.test(error.message))
      return 'Fetch the model with `ollama pull`, or see `ollama list`'
    return undefined
  },
}

function withTag(name: string): string | undefined {
  return name.slice(name.lastIndexOf('/') + 1).includes(':') ? undefined : `${name}:latest`
}
