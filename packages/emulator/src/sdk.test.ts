import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { withTrial } from './trial.test-support.ts'

const openai = (url: string): OpenAI => new OpenAI({ apiKey: 'gho_sdk', baseURL: url, maxRetries: 0 })
const anthropic = (url: string): Anthropic =>
  new Anthropic({ authToken: 'gho_sdk', apiKey: null, baseURL: url, maxRetries: 0 })

describe('the official openai package', () => {
  test('chat: whole, streamed, and a round of parallel tools', async () => {
    await withTrial({}, async ({ url }) => {
      const client = openai(url)
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: 'user', content: 'call tools read with {"path":"x"} and list' },
      ]
      const tools = ['read', 'list'].map((name) => ({
        type: 'function' as const,
        function: { name, parameters: { type: 'object', properties: {} } },
      }))
      const stream = client.chat.completions.stream({ model: 'gpt-5.2', messages, tools })
      const first = (await stream.finalChatCompletion()).choices[0]
      const calls = first?.message.tool_calls ?? []
      expect(calls).toMatchObject([
        { function: { name: 'read', arguments: '{"path":"x"}' } },
        { function: { name: 'list', arguments: '{}' } },
      ])
      if (first !== undefined) messages.push(first.message)
      for (const { id } of calls) messages.push({ role: 'tool', tool_call_id: id, content: `result ${id.slice(-2)}` })
      const last = await client.chat.completions.create({ model: 'gpt-5.2', messages, tools })
      expect(last.choices[0]?.message.content).toMatch(
        /^The tool read answered: result ..\nThe tool list answered: result/,
      )
    })
  })

  test('responses: streamed with reasoning, and a round of tools without ids', async () => {
    await withTrial({}, async ({ url }) => {
      const client = openai(url)
      const tools = [
        { type: 'function' as const, name: 'read', parameters: { type: 'object', properties: {} }, strict: false },
      ]
      const base = {
        model: 'gpt-5.2',
        tools,
        store: false,
        reasoning: { effort: 'low', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
      } as const
      const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'use the tool read with {"path":"x"}' }]
      const types = new Set<string>()
      let done: OpenAI.Responses.Response | undefined
      for await (const event of await client.responses.create({
        ...base,
        tools,
        include: [...base.include],
        input,
        stream: true,
      })) {
        types.add(event.type)
        if (event.type === 'response.completed') done = event.response
      }
      expect([...types]).toEqual(
        expect.arrayContaining(['response.reasoning_summary_text.delta', 'response.function_call_arguments.done']),
      )
      for (const item of done?.output ?? []) {
        const { id: _id, ...rest } = item
        // An output item without its id is an input item; the official types want the id, the service does not.
        input.push(rest as OpenAI.Responses.ResponseInputItem)
      }
      const call = done?.output.find((item) => item.type === 'function_call')
      input.push({ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'the text' })
      const answer = await client.responses.create({ ...base, tools, include: [...base.include], input })
      const text = answer.output.flatMap((item) => (item.type === 'message' ? item.content : []))
      expect(text).toMatchObject([{ text: 'The tool read answered: the text' }])
    })
  })

  test('models, embeddings and an error', async () => {
    await withTrial({}, async ({ url }) => {
      const client = openai(url)
      const ids = (await client.models.list()).data.map(({ id }) => id)
      expect(ids).toContain('claude-sonnet-4.5')
      const near = await client.embeddings.create({
        model: 'text-embedding-3-small',
        input: ['red apple', 'green apple', 'rainy day'],
      })
      const [a = [], b = [], c = []] = near.data.map(({ embedding }) => embedding)
      const dot = (x: number[], y: number[]): number => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0)
      expect(dot(a, a)).toBeCloseTo(1, 4)
      expect(dot(a, b)).toBeGreaterThan(dot(a, c))
      await expect(
        client.chat.completions.create({ model: 'gpt-5.5', messages: [{ role: 'user', content: 'a' }] }),
      ).rejects.toThrow(/400/)
    })
  })
})

describe('the official anthropic package', () => {
  test('messages: streamed thinking that is accepted when it comes back, and refused when it was changed', async () => {
    await withTrial({}, async ({ url }) => {
      const client = anthropic(url)
      const base: Omit<Anthropic.MessageCreateParamsNonStreaming, 'messages'> = {
        model: 'claude-sonnet-4.5',
        max_tokens: 4000,
        thinking: { type: 'enabled', budget_tokens: 1024 },
        tools: [{ name: 'read', input_schema: { type: 'object' } }],
      }
      const question: Anthropic.MessageParam = { role: 'user', content: 'call tool read with {"path":"x"}' }
      const first = await client.messages.stream({ ...base, messages: [question] }).finalMessage()
      expect(first).toMatchObject({
        stop_reason: 'tool_use',
        content: [{ type: 'thinking' }, { type: 'tool_use', input: { path: 'x' } }],
      })
      const call = first.content.find((block) => block.type === 'tool_use')
      const result: Anthropic.MessageParam = {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'the text' }],
      }
      const again = (content: Anthropic.ContentBlockParam[]) =>
        client.messages.create({ ...base, messages: [question, { role: 'assistant', content }, result] })
      const second = await again(first.content)
      expect(second.content.at(-1)).toMatchObject({ text: 'The tool read answered: the text' })
      const changed = first.content.map((block) =>
        block.type === 'thinking' ? { ...block, thinking: 'other' } : block,
      )
      await expect(again(changed)).rejects.toThrow(/Invalid `signature`/)
      await expect(again(first.content.filter(({ type }) => type !== 'thinking'))).rejects.toThrow(
        /Expected `thinking`/,
      )
    })
  })

  test('the prompt cache is written at a mark and read afterwards', async () => {
    await withTrial({}, async ({ url }) => {
      const client = anthropic(url)
      const ask = (question: string) =>
        client.messages.create({
          model: 'claude-sonnet-4.5',
          max_tokens: 100,
          system: [{ type: 'text', text: 'rule '.repeat(2000), cache_control: { type: 'ephemeral' } }],
          messages: [{ role: 'user', content: question }],
        })
      const [first, second] = [(await ask('a')).usage, (await ask('b')).usage]
      expect(first).toMatchObject({ cache_read_input_tokens: 0, cache_creation_input_tokens: expect.any(Number) })
      expect(first.cache_creation_input_tokens).toBeGreaterThan(2400)
      expect(second).toMatchObject({
        cache_read_input_tokens: first.cache_creation_input_tokens,
        cache_creation_input_tokens: 0,
      })
    })
  })
})
