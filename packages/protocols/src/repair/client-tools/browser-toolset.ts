import type { JsonObject } from '../../core/json.ts'
import { objectOf } from './item-tool.ts'
import { integers, member, number, oneOf, text, type Toolset, type ToolsetMember } from './toolset.ts'

const tab = text('The tab to act on; the active one where it is not said.')
const pixel = { type: 'integer' }
const point = objectOf({ type: { type: 'string', enum: ['coordinate'] }, x: pixel, y: pixel }, ['type', 'x', 'y'])
const element = objectOf({ type: { type: 'string', enum: ['ref'] }, ref: { type: 'string' } }, ['type', 'ref'])

const atPoint: JsonObject = { ...point, description: 'Pixels from the left and from the top of the viewport.' }
const atElement: JsonObject = { ...element, description: 'An element, by a reference that read_page or find gave.' }
const atEither: JsonObject = {
  anyOf: [point, element],
  description: 'A point of the viewport in pixels, or an element by a reference that read_page or find gave.',
}
const keys = text('A key, or several at once, such as Enter or ctrl+a; others follow after a space.')
const seconds = number('Seconds, 30 at most.')

/** A member that acts on a tab. */
function act(description: string, properties: JsonObject = {}, required = ''): ToolsetMember {
  return member(description, { ...properties, tab_id: tab }, required)
}

function click(description: string): ToolsetMember {
  const modifiers = text('Keys to hold down meanwhile, such as shift or ctrl+shift.')
  return act(description, { target: atEither, modifiers }, 'target')
}

function off(of: ToolsetMember): ToolsetMember {
  return { ...of, isOff: true }
}

/** Platform documentation, "Browser use tool": the members of `browser_toolset_20260801`, of which four have to be asked for. */
export const browserToolset: Toolset = {
  type: /^browser_toolset_\d+$/,
  name: 'browser',
  description: 'Reads and controls web pages in a browser with tabs.',
  members: {
    navigate: act('Opens an address.', { url: text('The address, or back, forward or reload.') }, 'url'),
    list_tabs: member('Lists all tabs with their ids, titles and addresses.'),
    new_tab: member('Opens an empty tab and tells its id.'),
    switch_tab: member('Makes a tab the active one.', { tab_id: text('The tab.') }, 'tab_id'),
    close_tab: member('Closes a tab.', { tab_id: text('The tab.') }, 'tab_id'),
    read_page: act('Shows the elements of a page as a tree, with references such as ref_7 to act on.', {
      filter: oneOf('interactive all', 'Only elements to act on, or those outside of the viewport too.'),
      depth: { type: 'integer', description: 'How deep the tree may be; 15 where it is not said.' },
      ref: text('The element whose tree is wanted, instead of the whole page.'),
    }),
    get_page_text: act('Gives the text of a page, for reading it.'),
    find: act(
      'Finds elements by a description and gives their references.',
      { query: text('What is sought.') },
      'query',
    ),
    form_input: act(
      'Sets the value of a form’s element.',
      {
        target: atElement,
        value: {
          anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }],
          description: 'True or false for a checkbox, the value or text of an option for a choice.',
        },
      },
      'target value',
    ),
    file_upload: off(
      act(
        'Sets the files of a form’s element.',
        {
          target: atElement,
          paths: { type: 'array', items: { type: 'string' }, description: 'Paths where the browser runs.' },
          document_ids: { type: 'array', items: { type: 'string' }, description: 'Files that are held ready, by id.' },
        },
        'target',
      ),
    ),
    screenshot: act('Shows the viewport.'),
    zoom: act(
      'Shows a part of the viewport enlarged.',
      { region: integers('Left, top, right and bottom of the part, in pixels of the viewport.') },
      'region',
    ),
    left_click: click('Clicks with the left button.'),
    right_click: click('Clicks with the right button.'),
    middle_click: click('Clicks with the middle button.'),
    double_click: click('Clicks twice with the left button.'),
    triple_click: click('Clicks three times with the left button, which mostly selects a line or paragraph.'),
    hover: act('Moves the cursor to a point or an element without a click.', { target: atEither }, 'target'),
    mouse_move: act('Moves the cursor to a point without a click.', { target: atPoint }, 'target'),
    left_click_drag: act(
      'Drags with the left button from one point to another.',
      { from: atPoint, target: atPoint },
      'from target',
    ),
    left_mouse_down: act('Presses the left button at a point, and holds it.', { target: atPoint }, 'target'),
    left_mouse_up: act('Lets go of the left button at a point.', { target: atPoint }, 'target'),
    scroll: act(
      'Turns the wheel of the mouse at a point.',
      {
        target: atPoint,
        scroll_direction: oneOf('up down left right', 'Where to.'),
        scroll_amount: { type: 'integer', description: 'Clicks of the wheel, 1 to 10; 3 where it is not said.' },
      },
      'target scroll_direction',
    ),
    scroll_to: act('Scrolls an element into view.', { target: atElement }, 'target'),
    type: act('Types a text where the focus is.', { text: text('The text.') }, 'text'),
    key: act(
      'Presses keys.',
      { text: keys, repeat: { type: 'integer', description: 'How often; once where it is not said.' } },
      'text',
    ),
    hold_key: act('Holds keys down for a time.', { text: keys, duration: seconds }, 'text duration'),
    wait: act('Waits.', { duration: seconds }, 'duration'),
    read_console: off(act('Gives what the console has shown since it was last read.')),
    read_network: off(act('Gives the requests of the network since they were last read.')),
    javascript_exec: off(
      act(
        'Runs JavaScript in the page and gives the value of its last expression.',
        { text: text('The code, which ends with the expression and without return.') },
        'text',
      ),
    ),
  },
}
