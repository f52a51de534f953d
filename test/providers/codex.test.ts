import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createCodex,
  createCodexHosts,
  createOAuthStore,
  createTransport,
  signInToCodexByDevice,
  systemClock,
} from '@crossfeed/engine'
import { provesContract } from './contract.ts'

provesContract({
  title: 'codex, a ChatGPT account whose service answers streams only',
  face: 'codex',
  settings: () => ({ name: 'codex', type: 'openai' }),
  async make({ urls, approve }) {
    const hosts = createCodexHosts({ authUrl: urls.codexAuth, apiUrl: `${urls.codex}/backend-api/codex` })
    const store = createOAuthStore(await mkdtemp(join(tmpdir(), 'crossfeed-contract-')))
    const transport = createTransport()
    const key = { provider: 'codex', host: hosts.host }
    const asked = { transport, hosts, version: '0', clock: systemClock, key, onState: () => void approve() }
    await store.save(await signInToCodexByDevice(asked))
    await transport.close()
    return ({ name }, parts) => createCodex({ name }, { ...parts, hosts, store })
  },
  emulator: { deviceInterval: 1 },
  model: 'gpt-5.5',
  seals: { responses: 'encrypted_content', messages: 'encrypted_content' },
})
