import { writeFileSync } from 'node:fs'
import { commands, globalFlags } from '../packages/gateway/src/cli/commands.ts'
import { writeCommandHelp, writeHelp } from '../packages/gateway/src/cli/help.ts'
import { version } from '../packages/gateway/src/version.ts'

/** The page of all commands, from the texts that `--help` shows. */
export function writeCliPage(): string {
  const pages = commands.map((spec) => `## ${spec.name}\n\n${block(writeCommandHelp(spec, globalFlags))}`)
  return `# Commands

What \`crossfeed --help\` and \`crossfeed <command> --help\` say. Written by \`node scripts/cli-page.ts\`; do not edit. In a checkout
it is \`npx crossfeed\`.

${block(writeHelp(version))}
${pages.join('\n')}
## Everywhere

| Flag | | Default | Variable |
| --- | --- | --- | --- |
${globalFlags.map((flag) => `| \`${flag.flags}\` | ${flag.text} | ${flag.default ?? ''} | ${flag.env ?? ''} |`).join('\n')}
`
}

function block(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`
}

if (import.meta.main) writeFileSync(new URL('../docs/cli.md', import.meta.url), writeCliPage())
