import { chat, messages, responses } from '@crossfeed/protocols'
import { token, usage } from './account.ts'
import { countTokens } from './count-tokens.ts'
import { embeddings } from './embeddings.ts'
import { live, ready, root } from './health.ts'
import { modelRoute } from './model-call.ts'
import { models, oneModel } from './models.ts'
import type { Route } from './surface.ts'

/** Every path that is answered; the model endpoints have twins without `/v1` (EP-13). */
const table: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...twins('/chat/completions', modelRoute(chat)),
  ...twins('/responses', modelRoute(responses)),
  ...twins('/messages', modelRoute(messages)),
  ...twins('/messages/count_tokens', countTokens),
  ...twins('/embeddings', embeddings),
  ...twins('/models', models),
  ['/usage', usage],
  ['/token', token],
  ['/', root],
  ['/health/live', live],
  ['/health/ready', ready],
])

/** The route at a path, or undefined. One slash at its end says nothing. */
export function findRoute(path: string): Route | undefined {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return table.get(plain) ?? (/^(?:\/v1)?\/models\/./.test(plain) ? oneModel : undefined)
}

function twins(path: string, route: Route): readonly (readonly [string, Route])[] {
  return [
    [`/v1${path}`, route],
    [path, route],
  ]
}
