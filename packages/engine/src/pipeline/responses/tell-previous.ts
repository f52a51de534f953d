import type { ClientOut } from '../client.ts'

/** The member as a supply writes it that was asked with the whole history and nothing else; within a text it has backslashes. */
const untold = /("previous_response_id"\s*:\s*)null/g

/**
 * Passes an answer on to `out` and names in it the answer that its request went on from, as servers do that keep answers
 * themselves (API reference, "The response object").
 */
export function tellPrevious(out: ClientOut, previous: string): ClientOut {
  const id = JSON.stringify(previous)
  // Events come whole, so that no piece ends within the member or a letter.
  const tell = (bytes: Buffer | string): Buffer | string =>
    bytes.includes('"previous_response_id"')
      ? bytes.toString().replace(untold, (_all, member: string) => member + id)
      : bytes
  return {
    // The answer becomes longer than was counted.
    begin: (status, { 'content-length': _length, ...headers }) => out.begin(status, headers),
    write: (bytes) => out.write(tell(bytes)),
    end: (bytes) => out.end(bytes === undefined ? undefined : tell(bytes)),
  }
}
