/**
 * The id of a tool call that came without one: unlike those of the other answers in a conversation, and the same however the
 * answer came. `answer` is the answer's id, empty when it has none; `number` the call's place in it.
 */
export function madeUpCallId(answer: string, number: number): string {
  const plain = answer.replace(/\W/g, '').slice(-24)
  return plain === '' ? `call_${number}` : `call_${plain}_${number}`
}
