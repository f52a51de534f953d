import type { Name } from './said.ts'

/** A difference that a crossing may make. */
interface Explanation {
  readonly from?: Name
  readonly to?: Name
  /** The difference, as `compare` words it. */
  readonly what: RegExp
  /** What `x-crossfeed-losses` or `x-crossfeed-changes` has to say of it; without it the difference loses nothing. */
  readonly told?: RegExp
  readonly why: string
}

export const missingTable: readonly Explanation[] = [
  {
    what: /^setting maxTokens/,
    told: /max_(output_|completion_)?tokens|maxTokens/,
    why: 'clamped to the model',
  },
  { what: /^setting thinking: "(enabled|adaptive)" became nothing/, to: 'chat', why: 'said as an effort' },
  { what: /^setting thinking: "(enabled|adaptive)" became nothing/, to: 'responses', why: 'said as an effort' },
  { what: /^setting thinking/, to: 'messages', told: /thinking/, why: 'the form that the model takes' },
  { what: /^setting effort/, told: /effort|reasoning/, why: 'an effort that the model does not list' },
  { what: /^setting effort/, to: 'messages', why: 'said as a budget of thinking' },
  {
    what: /^setting (temperature|topP|topK)/,
    told: /temperature|top_?p|top_?k|sampling/i,
    why: 'refused beside thinking, or no such word',
  },
  {
    what: /^setting (stop|seed|frequencyPenalty|presencePenalty|logprobs|choices|verbosity|user)/,
    told: /stop|seed|enalty|logprobs|choices|verbosity|user|\bn\b/,
    why: 'no such word',
  },
  { what: /^setting format/, told: /format/, why: 'JSON mode becomes an instruction' },
  { what: /^setting choice/, told: /tool_?choice|toolChoice|tools/i, why: 'the tool is gone, or no such choice' },
  { what: /^reasoning:/, told: /reasoning|signed|encrypted/, why: 'reasoning goes back only to the one who sealed it' },
  {
    what: /^item: mcp_(tool_(use|result)|call|list_tools)$/,
    why: 'Messages has two blocks for a call of an MCP server, Responses one item',
  },
  { what: /^item:/, told: /item|kind|word|nothing like|no content|holds/, why: 'only the client’s protocol has it' },
  { what: /^media:/, told: /document|file|image|audio|media|part|sound/i, why: 'the model takes none of the kind' },
  {
    what: /^hosted tool (computer|text_editor|bash|memory)_/,
    from: 'messages',
    why: 'a tool of Anthropic that the client runs itself is a function',
  },
  { what: /^hosted tool/, told: /tool|web search/, why: 'the provider does not run it' },
  { what: /^tool schema of .*: {2}became/, why: 'a free-text tool becomes a function of one string' },
  { what: /^text system: x-anthropic-billing-header/, told: /billing-header/, why: 'spoils the prompt cache' },
  { what: /^text system/, told: /wants a user turn/, why: 'there is nothing but system words' },
  { what: /^text system/, told: /system-turns|turns\[/, why: 'system words inside the conversation become reminders' },
]

export const inventedTable: readonly Explanation[] = [
  { what: /^setting maxTokens/, to: 'messages', why: 'the API demands it' },
  { what: /^setting (effort|thinking)/, why: 'the other form of the same wish' },
  { what: /^text system: AnswerwithoneJSON/, told: /format/, why: 'JSON mode as an instruction' },
  { what: /^text system: Thesetoolsarenotavailable/, told: /server-tools|tools/, why: 'the model has to know' },
  {
    what: /^tool (computer|bash|memory|str_replace\w*)$/,
    from: 'messages',
    why: 'a tool of Anthropic that the client runs itself is a function',
  },
  {
    what: /^text user: <system-reminder>/,
    told: /system-turns|turns\[|system/,
    why: 'system words inside the conversation',
  },
  { what: /^text (user|tool): \[Attachment/, told: /document|file|audio|media/, why: 'stands for what cannot be sent' },
  { what: /^text user: \[Theaudioisleftout/, told: /audio/, why: 'stands for what cannot be sent' },
  { what: /^text \w+: \[\w+:/, told: /in brackets/, why: 'what a server tool did, told in brackets' },
  { what: /^setting parallel: false/, from: 'chat', why: 'a client of functions hears of one call in an answer' },
  { what: /^setting user/, to: 'messages', why: 'the identifier for safety, which is the user there' },
  { what: /^text assistant: /, told: /web_fetch_tool_result/, why: 'a fetched page has paragraphs' },
  { what: /^item: mcp_(tool_(use|result)|call)$/, why: 'the same call in the words of the other' },
  { what: /^text user: Attachedtotheresult/, why: 'says whose image it is' },
  { what: /^text user: /, told: /wants a user turn/, why: 'there is nothing but system words' },
  { what: /^text user: Pleasebegin\./, to: 'messages', told: /may not begin/, why: 'the user speaks first' },
  { what: /^text user: Pleasecontinue\./, to: 'messages', told: /continue/, why: 'the user speaks last' },
  { what: /^text user: \[Thedocument/, told: /takes no documents/, why: 'stands for what cannot be sent' },
  { what: /^text user: \[(Thepicture|Arecording)/, told: /notice/, why: 'stands for what cannot be sent' },
  { what: /^text system: Followtheconversation/, told: /codex-instructions/, why: 'the service demands some' },
  { what: /^text tool: (Theresultisattached|Theoutputisattached)/, why: 'a result may not be empty' },
]

/** Whether a difference is one of those that the table allows, and was told where it has to be. */
export function isExplained(
  table: readonly Explanation[],
  difference: string,
  at: { readonly from: Name; readonly to: Name; readonly notes: string },
): boolean {
  return table.some(
    (row) =>
      row.what.test(difference) &&
      (row.from === undefined || row.from === at.from) &&
      (row.to === undefined || row.to === at.to) &&
      (row.told === undefined || row.told.test(at.notes)),
  )
}
