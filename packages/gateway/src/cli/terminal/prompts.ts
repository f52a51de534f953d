/** One of the answers that a question offers. */
interface PromptOption<T extends string> {
  readonly value: T
  readonly label: string
  readonly hint?: string | undefined
}

/** What a line of text is to be. */
export interface TextForm {
  /** Shown where nothing is typed yet. */
  readonly placeholder?: string
  /** What is wrong with an answer, which is then asked for again. */
  readonly problemOf?: (answer: string) => string | undefined
}

/** Questions to a person; each gives undefined when they would rather not answer (Ctrl-C, Escape). */
export interface Prompts {
  select<T extends string>(question: {
    readonly message: string
    readonly options: readonly PromptOption<T>[]
    /** The answer that Enter gives; the first by default. */
    readonly initial?: T | undefined
  }): Promise<T | undefined>
  /** A secret, not shown as it is typed. */
  password(message: string, form?: Pick<TextForm, 'problemOf'>): Promise<string | undefined>
  /** A line of text, not empty, without blanks around it. */
  text(message: string, form?: TextForm): Promise<string | undefined>
  /** Enter means no where `initial` is false. */
  confirm(message: string, initial?: boolean): Promise<boolean | undefined>
}

/** A list that is longer is searched by typing. */
const longList = 12

/** Questions on the terminal. */
export const terminalPrompts: Prompts = {
  async select<T extends string>({
    message,
    options,
    initial,
  }: {
    readonly message: string
    readonly options: readonly PromptOption<T>[]
    readonly initial?: T | undefined
  }) {
    const { autocomplete, isCancel, select } = await import('@clack/prompts')
    const ask = options.length > longList ? autocomplete<string> : select<string>
    const answer = await whileThere(
      ask({
        message,
        options: options.map(({ value, label, hint }) => ({ value, label, ...(hint === undefined ? {} : { hint }) })),
        maxItems: 10,
        ...(initial === undefined ? {} : { initialValue: initial }),
      }),
    )
    return isCancel(answer) ? undefined : options.find((one) => one.value === answer)?.value
  },
  async password(message, { problemOf } = {}) {
    const { isCancel, password } = await import('@clack/prompts')
    const validate = (value: string | undefined): string | undefined => problemOf?.(value?.trim() ?? '')
    const answer = await whileThere(password({ message, validate }))
    return isCancel(answer) ? undefined : answer
  },
  async text(message, { placeholder, problemOf } = {}) {
    const { isCancel, text } = await import('@clack/prompts')
    const validate = (value: string | undefined): string | undefined =>
      value?.trim() ? problemOf?.(value.trim()) : 'Something is needed.'
    const answer = await whileThere(text({ message, validate, ...(placeholder === undefined ? {} : { placeholder }) }))
    return isCancel(answer) ? undefined : answer?.trim()
  },
  async confirm(message, initial) {
    const { confirm, isCancel } = await import('@clack/prompts')
    const answer = await whileThere(confirm({ message, ...(initial === undefined ? {} : { initialValue: initial }) }))
    return isCancel(answer) ? undefined : answer
  },
}

/** Leaves the question that is open; nothing where none is. */
let leave = (): void => {}
let isWatched = false

/**
 * The answer, or undefined where the terminal is closed before there is one: readline then fails with EIO, in no promise and on
 * no stream that could be listened to, and may do so just after a question too.
 */
function whileThere<T>(answer: Promise<T>): Promise<T | undefined> {
  if (!isWatched) process.on('uncaughtException', onFault)
  isWatched = true
  return new Promise((resolve, reject) => {
    leave = () => resolve(undefined)
    void answer.then(resolve, reject).finally(() => (leave = () => {}))
  })
}

function onFault(fault: Error): void {
  if (!('code' in fault) || fault.code !== 'EIO') throw fault
  leave()
}
