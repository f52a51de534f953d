import { createOAuthStore } from '../../credentials/oauth-store.ts'
import { silentLog, systemClock } from '../../ports.ts'
import { createTransport } from '../../transport/http.ts'
import { createCodexAuth } from './auth.ts'
import { createCodexHosts } from './hosts.ts'

// One process of the test of many: fifty callers at once, and the tokens they got on one line.
const [home = '', url = ''] = process.argv.slice(2)
const transport = createTransport()
const hosts = createCodexHosts({ authUrl: url, apiUrl: url })
const auth = createCodexAuth({
  transport,
  clock: systemClock,
  log: silentLog,
  hosts,
  store: createOAuthStore(home),
  key: { provider: 'codex', host: hosts.host },
  version: '0',
})
const signIns = await Promise.all(Array.from({ length: 50 }, () => auth.token()))
process.stdout.write(JSON.stringify([...new Set(signIns.map((one) => one.refreshToken))]))
await transport.close()
