import { bag, bags, text, type Bag } from '../fidelity/json.ts'
import type { Name } from '../fidelity/said.ts'

const onward = 'Thank you. Go on.'

/** The request that follows an answer: its turn goes into the history as a client keeps it, its calls are answered. */
export function nextTurn(client: Name, asked: Bag, answer: Bag): Bag {
  switch (client) {
    case 'chat': {
      const message = bag(bags(answer['choices'])[0]?.['message'])
      const results = bags(message['tool_calls']).map((call) => ({
        role: 'tool',
        tool_call_id: call['id'],
        content: 'Done.',
      }))
      return {
        ...asked,
        messages: [...bags(asked['messages']), message, ...results, { role: 'user', content: onward }],
      }
    }
    case 'responses': {
      const output = bags(answer['output'])
      const results = output.flatMap((item) => outputOf(item) ?? [])
      const first = { role: 'user', content: asked['input'] }
      return { ...asked, input: [first, ...output, ...results, { role: 'user', content: onward }] }
    }
    case 'messages': {
      const content = bags(answer['content'])
      const results = content
        .filter((block) => block['type'] === 'tool_use')
        .map((block) => ({ type: 'tool_result', tool_use_id: block['id'], content: 'Done.' }))
      // An answer without a word is none that a client keeps.
      const assistant = content.length === 0 ? [] : [{ role: 'assistant', content }]
      const user = { role: 'user', content: [...results, { type: 'text', text: onward }] }
      return { ...asked, messages: [...bags(asked['messages']), ...assistant, user] }
    }
  }
}

/** What answers an item that calls; nothing for items that the service answers itself. */
function outputOf(item: Bag): Bag | undefined {
  const call_id = item['call_id']
  switch (text(item['type'])) {
    case 'function_call':
      return { type: 'function_call_output', call_id, output: 'Done.' }
    case 'custom_tool_call':
      return { type: 'custom_tool_call_output', call_id, output: 'Done.' }
    case 'local_shell_call':
      return { type: 'local_shell_call_output', id: call_id, output: 'Done.' }
    case 'shell_call':
      return {
        type: 'shell_call_output',
        call_id,
        output: [{ stdout: 'Done.', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
      }
    case 'apply_patch_call':
      return { type: 'apply_patch_call_output', call_id, status: 'completed', output: 'Done.' }
    case 'mcp_approval_request':
      return { type: 'mcp_approval_response', approval_request_id: item['id'], approve: true }
    default:
      return undefined
  }
}
