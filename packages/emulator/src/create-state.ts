import { createCodexState } from './faces/codex/accounts.ts'
import { createFaces } from './faces/faces.ts'
import { loadCatalog, readModel } from './copilot/catalog.ts'
import { defaultQuirks } from './quirks.ts'
import { createPlaybook } from './scenario.ts'
import { createSeals } from './seals.ts'
import type { EmulatorOptions, EmulatorState } from './state.ts'
import { createPrefixCache } from './tokens.ts'

/** The state of an emulator that has not served anything. */
export function createState(options: EmulatorOptions): EmulatorState {
  const { quirks, scenario = [], models, extraModels = [], port: _port, host: _host, faces, codex, ...rest } = options
  return {
    options: {
      now: Date.now,
      tokenLife: 1800,
      directTokens: [],
      approveAfter: 0,
      deviceInterval: 5,
      silence: 20_000,
      cacheMinimum: 1024,
      secret: 'crossfeed-emulator',
      login: 'octo-dev',
      ...rest,
    },
    quirks: { ...defaultQuirks(), ...quirks },
    faces: createFaces(faces),
    codex: createCodexState(codex),
    seals: createSeals(options.secret ?? 'crossfeed-emulator'),
    cache: createPrefixCache(options.cacheMinimum ?? 1024),
    devices: new Map(),
    direct: new Set(options.directTokens),
    tokenUses: new Map(),
    scripted: new Set(),
    models: [...(models?.map(readModel) ?? loadCatalog()), ...extraModels.map(readModel)],
    playbook: createPlaybook(scenario),
    requests: [],
    tokensValidFrom: 0,
    modelListServed: false,
    url: '',
  }
}
