export { createApp, type App, type AppParts } from './app.ts'
export { loadSettings, type Flags, type Settings } from './config/settings.ts'
export { version } from './version.ts'
