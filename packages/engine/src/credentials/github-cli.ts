import { execFile } from 'node:child_process'

const limitMs = 5000

/**
 * The token of the GitHub CLI for a host (`gh auth token`), or undefined when there is no `gh`, it is not signed in, or
 * it takes longer than five seconds.
 */
export function loadGitHubCliToken(
  host: string,
  env: Readonly<Record<string, string | undefined>>,
  command = 'gh',
): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Without its variables, so that it answers with its own sign-in and not with one that was looked at before.
    const { GH_TOKEN: _gh, GITHUB_TOKEN: _github, GH_ENTERPRISE_TOKEN: _enterprise, ...rest } = env
    const options = {
      timeout: limitMs,
      env: { ...rest, GH_PROMPT_DISABLED: '1' },
      maxBuffer: 64 * 1024,
      windowsHide: true,
    }
    execFile(command, ['auth', 'token', '--hostname', host], options, (error, stdout) => {
      const token = stdout.trim()
      resolve(error === null && token !== '' && !/\s/.test(token) ? token : undefined)
    })
  })
}
