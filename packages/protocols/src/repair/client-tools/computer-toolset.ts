import { integers, member, number, oneOf, text, type Toolset, type ToolsetMember } from './toolset.ts'

const coordinate = integers('Pixels from the left and from the top of the screen.')
const held = text('Keys to hold down meanwhile, such as ctrl or ctrl+shift.')
const keys = text('A key, or several at once, such as Return or ctrl+s.')
const seconds = number('Seconds.')

function click(what: string): ToolsetMember {
  return member(`${what} at a point of the screen, or where the cursor is.`, { coordinate, text: held })
}

/** Platform documentation, "Computer use tool": the members of `computer_toolset_20260801`, which replaces `computer_20251124`. */
export const computerToolset: Toolset = {
  type: /^computer_toolset_\d+$/,
  name: 'computer',
  description: 'Controls a computer by its screen, mouse and keyboard. A screenshot shows what an action did.',
  members: {
    screenshot: member('Shows the screen.'),
    zoom: member(
      'Shows a part of the screen enlarged.',
      { region: integers('Left, top, right and bottom of the part, in pixels of a screenshot.') },
      'region',
    ),
    cursor_position: member('Tells where the cursor is.'),
    mouse_move: member('Moves the cursor without a click.', { coordinate }, 'coordinate'),
    left_click: click('Clicks with the left button'),
    right_click: click('Clicks with the right button'),
    middle_click: click('Clicks with the middle button'),
    double_click: click('Clicks twice with the left button'),
    triple_click: click('Clicks three times with the left button'),
    left_click_drag: member(
      'Drags with the left button from one point of the screen to another.',
      { start_coordinate: coordinate, coordinate, text: held },
      'start_coordinate coordinate',
    ),
    left_mouse_down: member('Presses the left button where the cursor is, and holds it.'),
    left_mouse_up: member('Lets go of the left button.'),
    scroll: member(
      'Turns the wheel of the mouse at a point of the screen, or where the cursor is.',
      {
        scroll_direction: oneOf('up down left right', 'Where to.'),
        scroll_amount: { type: 'integer', description: 'Clicks of the wheel.' },
        coordinate,
        text: held,
      },
      'scroll_direction scroll_amount',
    ),
    type: member('Types a text.', { text: text('The text.') }, 'text'),
    key: member(
      'Presses keys.',
      { text: keys, repeat: { type: 'integer', description: 'How often; once where it is not said.' } },
      'text',
    ),
    hold_key: member('Holds keys down for a time.', { text: keys, duration: seconds }, 'text duration'),
    wait: member('Waits.', { duration: seconds }, 'duration'),
  },
}
