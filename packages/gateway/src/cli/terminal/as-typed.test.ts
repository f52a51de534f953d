import { expect, test } from 'vitest'
import { asTyped } from './as-typed.ts'

const byNpm = { npm_execpath: '/usr/lib/npm.js' }

test.each([
  ['  Fix   crossfeed auth login', '  Fix   npx crossfeed auth login'],
  ['Use it: http://h:1   Or: crossfeed start --port 2', 'Use it: http://h:1   Or: npx crossfeed start --port 2'],
  ['run crossfeed start; or run crossfeed demo.', 'run npx crossfeed start; or run npx crossfeed demo.'],
  ['Again: crossfeed\n', 'Again: npx crossfeed\n'],
  ['npx crossfeed models', 'npx crossfeed models'],
  ['Home         /home/me/.local/share/crossfeed', 'Home         /home/me/.local/share/crossfeed'],
  ['model_provider=crossfeed -c model_providers.crossfeed.name=x', undefined],
  ['"crossfeed/claude-opus"', undefined],
  ['https://h.test/authorize?state=x&originator=crossfeed', undefined],
  ['(crossfeed auth login --provider <name>)', '(npx crossfeed auth login --provider <name>)'],
])('%j started by npm is %j', (text, typed) => {
  expect(asTyped(text, byNpm)).toBe(typed ?? text)
  expect(asTyped(text, {})).toBe(text)
})
