import { describe, expect, test } from 'vitest'
import { readStream } from '../read-stream.ts'
import { useReplayStage } from '../replay-stage.ts'
import { post, protocols } from './conversation.ts'
import { streamFaults } from './grammar.ts'
import { at, bag, bags, text } from './json.ts'
import { gather, type Name } from './said.ts'
import { readBySdk } from './sdk.ts'
import { calling, callingStream } from './tool-calling.ts'

const stage = useReplayStage()

const schema = { type: 'object', properties: { input: { type: 'string' } } }
const long = `mcp__server__${'very_long_'.repeat(8)}`
const names = [long, `${long}2`, 'dotted.name', 'dotted_name', 'plain', 'with space']

function request(client: Name, server: Name, stream: boolean): object {
  const head = { model: `only-${server}`, stream }
  const usage = stream ? { stream_options: { include_usage: true } } : {}
  const hi = { role: 'user', content: 'Hi' }
  if (client === 'messages')
    return { ...head, max_tokens: 64, messages: [hi], tools: names.map((name) => ({ name, input_schema: schema })) }
  const tools = names.map((name) => ({ name, parameters: schema }))
  if (client === 'chat')
    return { ...head, ...usage, messages: [hi], tools: tools.map((one) => ({ type: 'function', function: one })) }
  const own = [
    { type: 'custom', name: 'apply_patch', description: 'Edits.' },
    { type: 'namespace', name: 'calc', tools: [{ type: 'function', name: 'plain', parameters: schema }] },
  ]
  return { ...head, input: [hi], tools: [...tools.map((one) => ({ type: 'function', ...one })), ...own] }
}

/** Names of the tools that went upstream, in order. */
function sentNames(body: string): readonly string[] {
  return bags(at(JSON.parse(body), 'tools')).flatMap((tool) =>
    tool['type'] === 'namespace' ? [] : [text(bag(tool['function'] ?? tool)['name'])],
  )
}

/** The calls of an answer, each as the client knows its tool: group, name, kind and input. */
function callsOf(client: Name, answer: unknown): readonly unknown[] {
  if (client === 'messages')
    return bags(at(answer, 'content'))
      .filter((block) => block['type'] === 'tool_use')
      .map((block) => [block['name'], at(block, 'input', 'input')])
  if (client === 'chat')
    return bags(at(answer, 'choices', 0, 'message', 'tool_calls')).map((call) => [
      at(call, 'function', 'name'),
      at(JSON.parse(text(at(call, 'function', 'arguments'))), 'input'),
    ])
  return bags(at(answer, 'output'))
    .filter((item) => text(item['type']).endsWith('_call'))
    .map((item) =>
      item['type'] === 'custom_tool_call'
        ? ['custom', item['name'], item['input']]
        : [
            ...(item['namespace'] === undefined ? [] : [item['namespace']]),
            item['name'],
            at(JSON.parse(text(item['arguments'])), 'input'),
          ],
    )
}

const crossings = protocols.flatMap((client) =>
  protocols.filter((server) => server !== client).map((server) => ({ client, server })),
)

describe.each(crossings)('$client client to a model that speaks $server', ({ client, server }) => {
  test.each([false, true])('gets its own tool names and forms back (stream: %s)', async (stream) => {
    stage.upstream.next({ status: 200, contentType: 'application/json', body: JSON.stringify(calling(server, [])) })
    await post(stage.gateway.url, client, request(client, server, false))
    const sent = sentNames(stage.upstream.requests.at(-1)?.body ?? '')
    expect(new Set(sent).size).toBe(sent.length)
    for (const name of sent) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)

    const calls = sent.map((name, index) => ({ name, input: `line ${index}\n"quoted" é😀` }))
    stage.upstream.next(
      stream
        ? { status: 200, contentType: 'text/event-stream', body: callingStream(server, calls) }
        : { status: 200, contentType: 'application/json', body: JSON.stringify(calling(server, calls)) },
    )
    const answer = await post(stage.gateway.url, client, request(client, server, stream))
    const body = await answer.text()
    expect(answer.status, body).toBe(200)
    const inputs = calls.map((call) => call.input)
    const own =
      client === 'responses'
        ? [
            ['custom', 'apply_patch', inputs[6]],
            ['calc', 'plain', inputs[7]],
          ]
        : []
    const expected = [...names.map((name, index) => [name, inputs[index]]), ...own]
    if (!stream) return expect(callsOf(client, JSON.parse(body))).toEqual(expected)
    const events = readStream(body)
    expect(streamFaults(client, events, true)).toEqual([])
    expect(callsOf(client, gather(client, events))).toEqual(expected)
    expect((await readBySdk(client, body)).calls.length).toBe(expected.length)
  })
})

describe.each(protocols)('%s client to a model of its own protocol', (client) => {
  test.each([false, true])('gets names back that the target would refuse (stream: %s)', async (stream) => {
    const body = {
      ...request(client, client, stream),
      ...(client === 'responses'
        ? { tools: names.map((name) => ({ type: 'function', name, parameters: schema })) }
        : {}),
    }
    stage.upstream.next({ status: 200, contentType: 'application/json', body: JSON.stringify(calling(client, [])) })
    await post(stage.gateway.url, client, { ...body, stream: false })
    const sent = sentNames(stage.upstream.requests.at(-1)?.body ?? '')
    for (const name of sent) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)

    const calls = sent.map((name, index) => ({ name, input: `line ${index}` }))
    const replay = stream
      ? { contentType: 'text/event-stream', body: callingStream(client, calls) }
      : { contentType: 'application/json', body: JSON.stringify(calling(client, calls)) }
    stage.upstream.next({ status: 200, ...replay })
    const text = await (await post(stage.gateway.url, client, body)).text()
    const answer: unknown = stream ? gather(client, readStream(text)) : JSON.parse(text)
    expect(callsOf(client, answer)).toEqual(names.map((name, index) => [name, `line ${index}`]))
  })
})
