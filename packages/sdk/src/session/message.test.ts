import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Attachment, SystemMessageConfig } from '../index.ts'
import { model, ofType, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crossfeed-sdk-'))
  writeFileSync(join(folder, 'notes.txt'), 'zero\none\ntwo\nthree\n')
  writeFileSync(join(folder, 'dot.png'), Buffer.from('iVBORw0KGgo=', 'base64'))
})
afterEach(async () => {
  await trial?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function sendWith(attachment: Attachment): Promise<string> {
  trial = await startTrial()
  const session = await trial.client.createSession({ model, workingDirectory: folder })
  await session.sendAndWait({ prompt: 'Look.', attachments: [attachment] })
  const [message] = ofType(await session.getEvents(), 'user.message')
  expect(message?.data.content).toBe('Look.')
  expect(message?.data.attachments?.[0]?.type).toBe(attachment.type)
  return JSON.stringify(trial.bodies()[0]?.['input'])
}

test.each<[string, Attachment, string]>([
  ['a text file is quoted', { type: 'file', path: 'notes.txt' }, 'zero\\none'],
  ['an image is sent as one', { type: 'file', path: 'dot.png' }, 'data:image/png;base64,iVBORw0KGgo='],
  ['a folder is listed', { type: 'directory', path: '.' }, 'dot.png\\nnotes.txt'],
  [
    'a selection is cut from its file',
    {
      type: 'selection',
      filePath: 'notes.txt',
      displayName: 'notes',
      selection: { start: { line: 1, character: 1 }, end: { line: 2, character: 2 } },
    },
    'lines 2 to 3\\">\\nne\\ntw\\n',
  ],
  ['a selection may bring its text', { type: 'selection', filePath: 'x', displayName: 'x', text: 'given' }, 'given'],
  ['data is sent as it is', { type: 'blob', data: 'AAAA', mimeType: 'image/png' }, 'data:image/png;base64,AAAA'],
  ['data of text is quoted', { type: 'blob', data: 'aGVsbG8=', mimeType: 'text/plain' }, 'hello'],
])('%s', async (_name, attachment, sent) => {
  expect(await sendWith(attachment)).toContain(sent)
})

test('an attachment that cannot be read is an error of send, and nothing is asked', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({ model })
  const missing = { type: 'file' as const, path: join(folder, 'gone.txt') }
  await expect(session.send({ prompt: 'Look.', attachments: [missing] })).rejects.toMatchObject({
    reason: 'attachment',
  })
  expect(trial.bodies()).toEqual([])
})

test('messages keep the order in which they were sent, whatever they bring along', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({ model, workingDirectory: folder })
  const slow = session.sendAndWait({ prompt: 'first', attachments: [{ type: 'file', path: 'notes.txt' }] })
  await Promise.all([slow, session.sendAndWait('second')])
  const sent = ofType(await session.getEvents(), 'user.message').map(({ data }) => data.content)
  expect(sent).toEqual(['first', 'second'])
})

test('a mistyped option of a message is refused', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({ model })
  const message = { prompt: 'x', attachment: [] }
  await expect(session.send(message)).rejects.toThrow('no option attachment')
})

test('who wrote a message decides whose call it is', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({ model })
  await session.sendAndWait('From a person.')
  await session.sendAndWait({ prompt: 'Context updated.', source: 'system' })
  const initiators = trial.emulator
    .requests()
    .filter(({ path }) => path.endsWith('/responses'))
    .map(({ headers }) => headers['x-initiator'])
  expect(initiators).toEqual(['user', 'agent'])
})

async function instructionsOf(systemMessage: SystemMessageConfig | undefined): Promise<string> {
  trial = await startTrial()
  const session = await trial.client.createSession({
    model,
    systemMessage,
    workingDirectory: folder,
    tools: [{ name: 'a', handler: () => '' }],
    organizationCustomInstructions: 'Of the organisation.',
  })
  await session.sendAndWait('Hi.')
  return String(trial.bodies()[0]?.['instructions'])
}

test('by default content is appended to the own sections', async () => {
  const text = await instructionsOf({ content: '<rules>mine</rules>' })
  expect(text).toContain(`Working directory: ${folder}`)
  expect(text).toContain('Of the organisation.')
  expect(text.endsWith('<rules>mine</rules>')).toBe(true)
})

test('replace leaves nothing but the content', async () => {
  expect(await instructionsOf({ mode: 'replace', content: 'Only this.' })).toBe('Only this.')
})

test('customize changes sections one by one', async () => {
  const text = await instructionsOf({
    mode: 'customize',
    sections: {
      tone: { action: 'replace', content: 'Be warm.' },
      environment_context: { action: 'remove' },
      safety: { action: (current) => current.toUpperCase() },
      guidelines: { action: 'append', content: 'Cite sources.' },
      custom_instructions: { action: 'prepend', content: 'First: ' },
    },
    content: 'At the end.',
  })
  expect(text).toContain('Be warm.')
  expect(text).not.toContain('Working directory')
  expect(text).toContain('WHAT TOOLS AND ATTACHMENTS SAY')
  expect(text).toContain('Cite sources.')
  expect(text).toContain('First: Of the organisation.')
  expect(text.endsWith('At the end.')).toBe(true)
})

test('a group is removed but for the member that is preserved', async () => {
  const sections = { identity: { action: 'remove' as const }, tone: { action: 'preserve' as const } }
  const text = await instructionsOf({ mode: 'customize', sections })
  expect(text.startsWith('Answer directly')).toBe(true)
  expect(text).not.toContain('You are an assistant')
})
