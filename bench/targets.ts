import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figures } from './figures.ts'
import { measureInstalled } from './installed.ts'
import type { Machine } from './machine.ts'
import { startProgram, type Running } from './programs.ts'
import type { TargetName } from './scenarios.ts'

/** Where a target is to be started. */
interface Place {
  readonly port: number
  readonly upstreamPort: number
  readonly core: number | undefined
  readonly folder: string
}

/** Something that stands, or does not stand, between the driver and the upstream. */
export interface Target {
  readonly name: TargetName
  /** Undefined for the upstream itself. */
  readonly start?: (place: Place) => Promise<Running>
  /** Why it cannot be measured on this machine. */
  readonly missing?: (machine: Machine) => string | undefined
  /** What its installation takes. */
  readonly installed?: () => Figures
}

/** In the order in which they are run and printed. */
export const targets: readonly Target[] = [
  { name: 'direct' },
  {
    name: 'nginx',
    start: startNginx,
    missing: (machine) => (machine.nginx ? undefined : 'nginx is not installed, so there are no ratios to it'),
  },
  { name: 'crossfeed', start: startCrossfeed, installed: measureInstalled },
]

function startCrossfeed({ port, upstreamPort, core, folder }: Place): Promise<Running> {
  const upstream = `http://127.0.0.1:${upstreamPort}`
  return startProgram({
    name: 'crossfeed',
    command: join(import.meta.dirname, '../node_modules/.bin/crossfeed'),
    args: ['start', '--port', String(port)],
    core,
    folder,
    environment: {
      NODE_ENV: 'production',
      CROSSFEED_HOME: join(folder, 'crossfeed'),
      COPILOT_GITHUB_TOKEN: 'gho_bench',
      CROSSFEED_GITHUB_URL: upstream,
      CROSSFEED_GITHUB_API_URL: upstream,
      CROSSFEED_COPILOT_URL: upstream,
    },
  })
}

/** A reverse proxy that buffers nothing and keeps its connections: the least that passing on can cost. */
function startNginx({ port, upstreamPort, core, folder }: Place): Promise<Running> {
  const temporary = join(folder, 'nginx')
  mkdirSync(temporary, { recursive: true })
  const file = join(folder, 'nginx.conf')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${temporary};`)
  writeFileSync(
    file,
    `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 20000;
events { worker_connections 19000; multi_accept on; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 64m;
  client_body_buffer_size 4m;
  ${paths.join(' ')}
  upstream fake {
    server 127.0.0.1:${upstreamPort};
    keepalive 6000;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location / {
      proxy_pass http://fake;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`,
  )
  return startProgram({ name: 'nginx', command: 'nginx', args: ['-c', file], core, folder })
}
