// A program that makes one call and ends by itself; run by tests as a process of its own. Prints what it got, and what it loaded for that.
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    loaded.push(found.url)
    return found
  },
})
const { completion } = await import('../index.ts')
const stream = await completion({
  model: 'github_copilot/gpt-4.1',
  messages: [{ role: 'user', content: 'Hello there' }],
  stream: true,
})
let text = ''
for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
const packages = loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
process.stdout.write(JSON.stringify({ text, packages: [...new Set(packages)].toSorted() }))
