/** Headers whose values nobody but the upstream may see. */
const secretive = /authorization|token|key|secret|cookie|passw/i

/** An upstream's words without the secrets that it was sent: some repeat in their errors what they refuse. */
export function hideSecrets(text: string, sent: Readonly<Record<string, string>>): string {
  let hidden = text
  for (const name in sent) {
    const value = secretive.test(name) ? sent[name]?.replace(/^(?:bearer|token|basic) /i, '') : undefined
    if (value !== undefined && value.length >= 6) hidden = hidden.replaceAll(value, '…')
  }
  return hidden
}
