import { createLite, type Lite } from './lite.ts'

let instance: Lite | undefined

/** The instance of the functions below: made with the first call, on the environment of the process. */
function shared(): Lite {
  return (instance ??= createLite())
}

/** Asks a model in Chat Completions; resolves to the whole answer, or with `stream: true` to its pieces. */
export const completion: Lite['completion'] = ((request: never) => shared().completion(request)) as Lite['completion']
/** Asks a model in Responses. */
export const responses: Lite['responses'] = ((request: never) => shared().responses(request)) as Lite['responses']
/** Asks a model in Messages. */
export const messages: Lite['messages'] = ((request: never) => shared().messages(request)) as Lite['messages']
/** Asks for embeddings. */
export const embedding: Lite['embedding'] = (request) => shared().embedding(request)
/** Counts the input tokens of a conversation. */
export const countTokens: Lite['countTokens'] = (request) => shared().countTokens(request)
/** Ends all calls of the functions above and closes their connections; the next call opens them anew. */
export async function close(): Promise<void> {
  const closing = instance
  instance = undefined
  await closing?.close()
}
