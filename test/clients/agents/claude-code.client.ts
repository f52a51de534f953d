import { describe, expect, test } from 'vitest'
import { expectCalls, modelCalls, startStage } from '../stage.ts'
import { claude, gemini, gpt, type Supply } from '../supplies.ts'
import { asEvents, copiesTheNote, readCall, readEvents, runClaudeCode } from './claude-code.ts'
import { listenIn } from './listen-in.ts'
import type { AgentRun } from './run-agent.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() => startStage())

const run = ({ model }: Supply, prompt: string, ...more: string[]): Promise<AgentRun> =>
  runClaudeCode(place.desk, { url: place.stage.url, model }, prompt, ...more)

/** Settings that send the client to another address than its environment says. */
const settings = (url: string): string => JSON.stringify({ env: { ANTHROPIC_BASE_URL: url } })

describe.each([claude, gpt, gemini])('Claude Code on $name', (supply) => {
  test('a plain prompt, answered after thought: the answer is what it prints', async () => {
    place.stage.emulator.play([{ reasoning: 'They greet me.', text: 'All is well.' }])
    const { code, stdout, stderr } = await run(supply, 'How are you?')
    expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'All is well.' })
    expectCalls(place.stage, supply, ['user'])
  })

  test('streamed, with pieces', async () => {
    place.stage.emulator.play([{ text: ['All ', 'is ', 'well.'] }])
    const result = await run(supply, 'How are you?', ...asEvents)
    expect(result.code, result.stderr).toBe(0)
    const lines = readEvents(result)
    expect(lines.at(-1)).toMatchObject({ type: 'result', is_error: false, result: 'All is well.' })
    expect(lines.filter(({ type }) => type === 'stream_event').length).toBeGreaterThan(4)
    expectCalls(place.stage, supply, ['user'])
  })

  test('reads a file, thinks, writes a file, thinks, and answers', async () => {
    place.stage.emulator.play(copiesTheNote(place.desk, 'note.txt'))
    const { code, stdout, stderr } = await run(supply, 'Copy the note.')
    expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'Copied.' })
    expect(place.desk.read('copy.txt')).toBe('blue "kettle" ä\n')
    expectCalls(place.stage, supply, ['user', 'agent', 'agent'])
    const bodies = modelCalls(place.stage).map(({ body }) => JSON.stringify(body))
    expect(bodies[1]).toContain('the kettle is blue')
    expect(bodies[2]?.match(/"(?:signature|encrypted_content|reasoning_opaque)":"[^"]{16,}/g)).toHaveLength(2)
    expect(place.stage.emulator.stepsLeft()).toBe(0)
  })

  test('sees a picture that a tool has read', async () => {
    place.stage.emulator.play([{ toolCalls: [readCall(place.desk, 'dot.png')] }, { text: 'One pixel.' }])
    const { code, stdout, stderr } = await run(supply, 'What is in dot.png?')
    expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'One pixel.' })
    expectCalls(place.stage, supply, ['user', 'agent'])
    const last = modelCalls(place.stage)[1]
    expect(last?.headers['copilot-vision-request']).toBe('true')
    expect(JSON.stringify(last?.body)).toMatch(/iVBORw0KGgo|\/9j\//)
  })

  test('counts tokens for /context', async () => {
    const between = await listenIn(place.stage.url)
    try {
      const { code, stderr } = await run(supply, '/context', '--settings', settings(between.url))
      expect(code, stderr).toBe(0)
      const counts = between.heard.filter(({ path }) => path === '/v1/messages/count_tokens')
      expect(counts.length).toBeGreaterThan(0)
      expect(counts.filter(({ status }) => status !== 200)).toEqual([])
    } finally {
      await between.close()
    }
  })
})
