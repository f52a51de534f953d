import { createSignInSource } from '../../credentials/source.ts'
import { createCredentialStore } from '../../credentials/store.ts'
import { silentLog, systemClock } from '../../ports.ts'
import { createTransport } from '../../transport/http.ts'
import { createCopilotAuth } from './auth.ts'
import { createHosts } from './hosts.ts'

// One process of the test of many: fifty callers at once, and the bearers they got on one line.
const [home = '', api = ''] = process.argv.slice(2)
const transport = createTransport()
const store = createCredentialStore(home)
const hosts = createHosts({ githubUrl: api })
const auth = createCopilotAuth({
  transport,
  clock: systemClock,
  hosts,
  store,
  log: silentLog,
  version: '0',
  loadSignIn: createSignInSource({ env: { GH_TOKEN: 'gho_shared' }, store, host: hosts.host }),
})
const logins = await Promise.all(Array.from({ length: 50 }, () => auth.token()))
process.stdout.write(JSON.stringify([...new Set(logins.map((login) => login.bearer))]))
auth.close()
await transport.close()
