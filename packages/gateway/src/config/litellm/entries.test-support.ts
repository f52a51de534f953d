/** An entry of `model_list`; `more` is what follows `model`, in one line. */
export const entry = (name: string, model: string, more = '', info = ''): string =>
  `  - model_name: "${name}"\n    litellm_params: { model: "${model}"${more && `, ${more}`} }\n${info && `    model_info: { ${info} }\n`}`
/** The section of such entries. */
export const list = (...entries: readonly string[]): string => `model_list:\n${entries.join('')}`
