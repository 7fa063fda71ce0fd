import type { CompletedCommand } from "./commands.ts";

type Script = (program: string, commands: readonly CompletedCommand[]) => string;

/** A completion script for each shell. In all of them the words so far that are no options tell the command; file names complete values. */
export const shells = { bash, zsh, fish, powershell } as const satisfies Readonly<Record<string, Script>>;

export type Shell = keyof typeof shells;

function functionName(program: string): string {
  return `_${program.replaceAll("-", "_")}_completion`;
}

function bash(program: string, commands: readonly CompletedCommand[]): string {
  const name = functionName(program);
  return `# bash completion of ${program}
${name}() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${commands.map(({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F ${name} ${program}
`;
}

function zsh(program: string, commands: readonly CompletedCommand[]): string {
  const name = functionName(program);
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const entry = ({ word, about }: CompletedCommand["words"][number]): string =>
    quoted(`${word.replaceAll(":", "\\:")}:${about}`);
  return `#compdef ${program}
${name}() {
  local path_so_far="" word
  local -a found
  for word in "\${words[@]:1:CURRENT-2}"; do
    case "$word" in -*) ;; *) path_so_far="\${path_so_far:+$path_so_far }$word" ;; esac
  done
  case "$path_so_far" in
${commands.map(({ path, words }) => `    ${quoted(path)}) found=(${words.map(entry).join(" ")}) ;;`).join("\n")}
  esac
  if (( \${#found} )); then _describe '${program}' found; fi
  _files
}
compdef ${name} ${program}
`;
}

function fish(program: string, commands: readonly CompletedCommand[]): string {
  const name = functionName(program);
  const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ path, words }) =>
    words.map(({ word, about }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c ${program} -n ${quoted(`${name}_at ${quoted(path)}`)} ${what} -d ${quoted(about)}`;
    }),
  );
  return `# fish completion of ${program}
function ${name}_at
  set -l path
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or set -a path $word
  end
  test "$path" = "$argv[1]"
end
${lines.join("\n")}
`;
}

function powershell(program: string, commands: readonly CompletedCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const entry = ({ word, about }: CompletedCommand["words"][number]): string => `@(${quoted(word)}, ${quoted(about)})`;
  return `# PowerShell completion of ${program}
Register-ArgumentCompleter -Native -CommandName ${quoted(program)} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $before = $commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() }
  $path = (@($before) | Where-Object { $_ -and -not $_.StartsWith('-') }) -join ' '
  $found = @(switch -CaseSensitive ($path) {
${commands.map(({ path, words }) => `    ${quoted(path)} { ${words.map((word) => `,${entry(word)}`).join("; ")} }`).join("\n")}
  })
  $found | Where-Object { $_ -and $_[0].StartsWith($wordToComplete) } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $(if ($_[1]) { $_[1] } else { $_[0] }))
  }
}
`;
}
