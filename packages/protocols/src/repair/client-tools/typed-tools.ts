import { asNumber, asObject, asString, rest, type JsonObject } from '../../core/json.ts'
import type { CacheMark } from '../../core/part.ts'
import type { FunctionTool, NativeTool, Prompt, Tool } from '../../core/prompt.ts'
import { objectOf } from './item-tool.ts'

/** What Anthropic's models know of a tool without being told. */
interface TypedTool {
  readonly type: RegExp
  describe(tool: JsonObject): { readonly description: string; readonly schema: JsonObject }
}

/**
 * The prompt of a Messages client with the tools as functions that it runs itself and of which it only names the version
 * (`bash_20250124`): their schemas are those that Anthropic documents, and their calls are calls like any other.
 */
export function lowerTypedTools(prompt: Prompt): Prompt {
  if (!prompt.tools.some(isTyped)) return prompt
  return { ...prompt, tools: prompt.tools.map((tool) => (isTyped(tool) ? asFunction(tool.value) : tool)) }
}

function isTyped(tool: Tool): tool is NativeTool {
  if (tool.kind !== 'native' || tool.protocol !== 'messages') return false
  return kindOf(tool.value) !== undefined && asString(tool.value['name']) !== undefined
}

function kindOf(tool: JsonObject): TypedTool | undefined {
  const type = asString(tool['type']) ?? ''
  return kinds.find((kind) => kind.type.test(type))
}

/** Members that are said by the function's description, or in the core's own words. */
const told: ReadonlySet<string> = new Set([
  'type',
  'name',
  'cache_control',
  'max_characters',
  'display_width_px',
  'display_height_px',
  'display_number',
  'enable_zoom',
])

function asFunction(tool: JsonObject): FunctionTool {
  const more = rest(tool, told)
  const described = kindOf(tool)?.describe(tool)
  return {
    kind: 'function',
    name: asString(tool['name']) ?? '',
    ...described,
    ...cacheOf(tool),
    ...(more ? { extras: { messages: more } } : {}),
  }
}

/**
 * The same of one tool as Messages writes it, for a server of Messages that does not know its version; undefined for a tool that
 * no client runs by its version alone.
 */
export function untypedTool(tool: JsonObject): JsonObject | undefined {
  const kind = kindOf(tool)
  const name = asString(tool['name'])
  if (!kind || name === undefined) return undefined
  const { description, schema } = kind.describe(tool)
  const mark = tool['cache_control']
  const marked = mark === undefined ? {} : { cache_control: mark }
  return { name, description, input_schema: schema, ...marked, ...rest(tool, told) }
}

/** The breakpoint behind a tool: clients set it on the last one. */
export function cacheOf(tool: JsonObject): { readonly cache?: CacheMark } {
  const control = asObject(tool['cache_control'])
  return control?.['type'] === 'ephemeral' ? { cache: { ttl: control['ttl'] === '1h' ? '1h' : '5m' } } : {}
}

const text = { type: 'string' }
const integer = { type: 'integer' }

/** Platform documentation, "Bash tool". */
const bash: TypedTool = {
  type: /^bash_\d+$/,
  describe: () => ({
    description: 'Runs a command in a bash session that keeps its state from call to call, and returns its output.',
    schema: objectOf(
      {
        command: { ...text, description: 'The command to run. Required unless the session is restarted.' },
        restart: { type: 'boolean', description: 'Starts the session anew.' },
      },
      [],
    ),
  }),
}

const lines = {
  type: 'array',
  items: integer,
  description:
    'Of view: the first and the last line to show, counted from 1; a last line of -1 is the end of the file.',
}

const edits = {
  path: { ...text, description: 'The path of the file or folder.' },
  view_range: lines,
  file_text: { ...text, description: 'Of create: what the file is to hold.' },
  old_str: { ...text, description: 'Of str_replace: the text to replace, which the file has exactly once.' },
  insert_line: {
    ...integer,
    description: 'Of insert: the line behind which to insert; 0 is the beginning of the file.',
  },
}
const replacement = 'Of str_replace: the text to put in its place.'
const inserted = { insert_text: { ...text, description: 'Of insert: the text to insert.' } }

/**
 * Platform documentation, "Text editor tool". What is inserted was `new_str` before Claude 4, whose models say `insert_text`
 * (anthropics/anthropic-sdk-python#1155).
 */
const editor: TypedTool = {
  type: /^text_editor_\d+$/,
  describe(tool) {
    const isOld = tool['name'] === 'str_replace_editor'
    const commands = ['view', 'create', 'str_replace', 'insert', ...(isOld ? ['undo_edit'] : [])]
    const most = asNumber(tool['max_characters'])
    const cut = most === undefined ? '' : ` No more than ${most} characters of a file are shown.`
    return {
      description: `Shows, creates and changes text files; view lists what is in a folder.${cut}`,
      schema: objectOf(
        {
          command: { ...text, enum: commands },
          ...edits,
          new_str: { ...text, description: isOld ? `${replacement} Of insert: the text to insert.` : replacement },
          ...(isOld ? {} : inserted),
        },
        ['command', 'path'],
      ),
    }
  },
}

/** Platform documentation, "Memory tool". */
const memory: TypedTool = {
  type: /^memory_\d+$/,
  describe: () => ({
    description:
      'Keeps notes in files under /memories from one conversation to the next. View that folder before anything else is ' +
      'done, and write down what a later conversation has to know.',
    schema: objectOf(
      {
        command: { ...text, enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
        ...edits,
        new_str: { ...text, description: replacement },
        ...inserted,
        old_path: { ...text, description: 'Of rename: the path that it has.' },
        new_path: { ...text, description: 'Of rename: the path that it is to have.' },
      },
      ['command'],
    ),
  }),
}

const point = (description: string): JsonObject => ({ type: 'array', items: integer, description })
const firstActions =
  'key type mouse_move left_click left_click_drag right_click middle_click double_click screenshot cursor_position'.split(
    ' ',
  )
const laterActions = 'left_mouse_down left_mouse_up triple_click scroll hold_key wait'.split(' ')

/** Platform documentation, "Computer use tool". */
const computer: TypedTool = {
  type: /^computer_\d+$/,
  describe(tool) {
    const isFirst = tool['type'] === 'computer_20241022'
    const zooms = tool['enable_zoom'] === true
    const actions = [...firstActions, ...(isFirst ? [] : laterActions), ...(zooms ? ['zoom'] : [])]
    const [width, height] = [asNumber(tool['display_width_px']), asNumber(tool['display_height_px'])]
    const display = asNumber(tool['display_number'])
    const screen =
      (width === undefined || height === undefined ? '' : ` of ${width} × ${height} pixels`) +
      (display === undefined ? '' : ` (display ${display})`)
    const later: JsonObject = {
      scroll_direction: { ...text, enum: ['up', 'down', 'left', 'right'], description: 'Of scroll.' },
      scroll_amount: { ...integer, description: 'Of scroll: how many clicks of the wheel.' },
      duration: { type: 'number', description: 'Of hold_key and wait: seconds.' },
    }
    return {
      description: `Controls a computer by its screen${screen}, mouse and keyboard. Take a screenshot to see what an action did.`,
      schema: objectOf(
        {
          action: { ...text, enum: actions },
          coordinate: point('Pixels from the left and from the top: where to move, click, scroll, or drag to.'),
          start_coordinate: point('Of left_click_drag: where to begin.'),
          text: { ...text, description: 'Of type: the text. Of key and hold_key: the keys, such as ctrl+s.' },
          ...(isFirst ? {} : later),
          ...(zooms ? { region: point('Of zoom: left, top, right and bottom of what to look at.') } : {}),
        },
        ['action'],
      ),
    }
  },
}

const kinds: readonly TypedTool[] = [bash, editor, memory, computer]
