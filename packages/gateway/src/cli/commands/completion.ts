import { nearest } from '@crossfeed/protocols'
import { loadSettings, usageError } from '../../config/settings.ts'
import { shells, type Shell } from '../commands.ts'
import { complete, type Completion, type ModelNames } from '../complete.ts'
import type { Command } from '../context.ts'
import { exit } from '../exit-code.ts'
import { createProgram } from '../parse.ts'
import { findRunning, modelsOfRunning } from '../running.ts'

/** Prints the script of a shell, which calls this again with what was typed, for what it can go on with: a line each. */
export const completion: Command = async ({ words, env, out }) => {
  const [asked, ...typed] = words
  if (asked === undefined) throw usageError('completion needs a shell', known)
  const shell = shells.find((one) => one === asked)
  if (shell === undefined) {
    const near = nearest(asked, shells)
    const fix = near === undefined ? known : `Did you mean ${near}?`
    throw usageError(`Words cannot be completed in ${asked}`, fix)
  }
  if (typed.length === 0) out(scripts[shell])
  else {
    const names: ModelNames = async (home) => {
      // Tab is no place for what is wrong with a config file.
      const settings = await loadSettings({ flags: home === undefined ? {} : { home }, env }).catch(() => undefined)
      const running = settings && findRunning(settings.home)
      return running ? (await modelsOfRunning(settings, running.port)).map(({ id }) => id) : []
    }
    const lines = write(
      await complete(
        createProgram(() => {}),
        typed,
        names,
      ),
      shell,
    )
    if (lines.length > 0) out(lines.join('\n'))
  }
  return exit.done
}

const known = `Give ${shells.slice(0, -1).join(', ')} or ${shells.at(-1)}.`

/** A word a line, with what it means behind a tab where the shell shows that. */
function write(found: Completion, shell: Shell): readonly string[] {
  if (found.kind !== 'words') return [`:${found.kind}`]
  return found.words.map(({ word, text }) => (shell === 'bash' || text === '' ? word : `${word}\t${text}`))
}

/** None of them knows a command or flag: what is typed is read by the program that it is typed for. */
const scripts: Readonly<Record<Shell, string>> = {
  // bash takes = and : for ends of words, and replaces only what follows the last of them.
  bash: `_crossfeed() {
  local line="\${COMP_LINE:0:COMP_POINT}" words found last cut
  read -ra words <<<"$line"
  case "$line" in *[[:space:]]) words+=("") ;; esac
  last="\${words[\${#words[@]} - 1]}"
  cut="\${last%"\${last##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r found; do
    case "$found" in
      :file) compopt -o default 2>/dev/null ;;
      :folder) compopt -o dirnames 2>/dev/null ;;
      *) COMPREPLY+=("\${found#"$cut"}") ;;
    esac
  done < <("\${words[0]/#\\~\\//$HOME/}" completion bash -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _crossfeed crossfeed`,
  zsh: `#compdef crossfeed
_crossfeed() {
  local line
  local -a found
  while IFS= read -r line; do
    case "$line" in
      :file) _files; return ;;
      :folder) _files -/; return ;;
      *$'\\t'*) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) found+=("\${line//:/\\\\:}") ;;
    esac
  done < <("\${(Q)words[1]/#\\~\\//$HOME/}" completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe crossfeed found
}
if [[ "\${funcstack[1]}" == _crossfeed ]]; then _crossfeed "$@"; else compdef _crossfeed crossfeed; fi`,
  fish: `function __crossfeed_complete
  set -l words (commandline -opc)
  set -l last (commandline -ct)
  set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
  for line in (command $program completion fish -- $words[2..-1] "$last" 2>/dev/null)
    switch $line
      case :file
        __fish_complete_path "$last"
      case :folder
        __fish_complete_directories "$last"
      case '*'
        echo $line
    end
  end
end
complete -c crossfeed -f -a '(__crossfeed_complete)'`,
}
