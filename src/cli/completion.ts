/**
 * `dsim completion`: what makes a shell complete commands, options, and the names that commands
 * take. Scripts without a way back to dsim: nothing runs while a user types.
 */
import type { Command } from 'commander';
import { nearestName } from '../sim/nearest-name.ts';
import { UsageError } from './console.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';
import { listWords } from './list.ts';
import { reporterNames } from './suite/flags.ts';

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What may follow besides files. */
  readonly words: readonly string[];
}

interface CompletedOption {
  readonly flag: string;
  readonly doc: string;
  /** What may follow it; empty: anything. */
  readonly values: readonly string[];
}

const SHELLS: ReadonlyMap<string, (commands: readonly Completed[]) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);

/** Of options that do more with their value than to choose. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['--reporter', reporterNames],
  ['--color', ['always', 'never', 'auto']],
]);

/** Prints the script of a shell. Throws UsageError for a shell that it has none for. */
export async function completionCommand(
  shell: string,
  program: Command,
  host: Host,
): Promise<number> {
  const script = SHELLS.get(shell);
  if (script === undefined) {
    const near = nearestName(shell, [...SHELLS.keys()]);
    const hint = near === null ? '' : `; did you mean ${near}?`;
    throw new UsageError(`there are scripts for ${[...SHELLS.keys()].join(', ')}${hint}`);
  }
  host.out.write(script(await completed(program, host)));
  return HELD;
}

async function completed(program: Command, host: Host): Promise<readonly Completed[]> {
  const engine = await host.engine();
  const kinds = [...new Set(engine.kinds().map(({ name }) => name))];
  const gallery = engine.gallery().map(({ name }) => name);
  const systems = engine.kinds().filter(({ sort }) => sort === 'system');
  const words: { readonly [command: string]: readonly string[] } = {
    completion: [...SHELLS.keys()],
    explain: [...kinds, ...gallery, 'exit-codes', 'error-codes', 'latencies'],
    list: listWords,
    new: ['scenario', 'node', ...systems.map(({ name }) => name)],
    replay: ['latest', ...gallery],
    ...Object.fromEntries(
      ['run', 'test', 'verify', 'tradeoff', 'compare'].map((command) => [command, gallery]),
    ),
  };
  const help = program.createHelp();
  return help.visibleCommands(program).map((command) => {
    const name = command.name();
    const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
    return {
      name,
      summary: plain(command.summary() || command.description()),
      options: options
        .filter(({ long }) => long !== undefined && long !== null)
        .map(({ long, description, argChoices }) => ({
          flag: String(long),
          doc: plain(description),
          values: argChoices ?? VALUES.get(String(long)) ?? [],
        })),
      // Several words are one name only for people.
      words: [...new Set(words[name] ?? [])].filter((word) => !word.includes(' ')),
    };
  });
}

/** One line without what shells take for more than a letter: a quote becomes a curly one. */
function plain(text: string): string {
  return text
    .replaceAll("'", '\u2019')
    .replace(/[^\w ,;.()/<>=*\u2019-]/g, '')
    .replace(/\s+/g, ' ');
}

function valuesOf(options: readonly CompletedOption[]): readonly CompletedOption[] {
  return options.filter(({ values }) => values.length > 0);
}

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, options, words }) =>
    [
      `    ${name})`,
      `      options="${options.map(({ flag }) => flag).join(' ')}"`,
      `      words="${words.join(' ')}"`,
      ...valuesOf(options).map(
        ({ flag, values }) => `      [ "$previous" = ${flag} ] && words="${values.join(' ')}"`,
      ),
      '      ;;',
    ].join('\n'),
  );
  return `# dsim completion bash: eval "$(dsim completion bash)", or into a file of
# ~/.local/share/bash-completion/completions/dsim
_dsim() {
  local current="\${COMP_WORDS[COMP_CWORD]}" options="" words=""
  local previous="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')}"
  else
    case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    esac
  fi
  case "$current" in
    -*) words="$options";;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$current" in
    -*) ;;
    *) COMPREPLY+=($(compgen -f -- "$current"));;
  esac
}
complete -o filenames -F _dsim dsim
`;
}

function zshScript(commands: readonly Completed[]): string {
  const list = commands.map(({ name, summary }) => `    '${name}:${summary}'`);
  const cases = commands.map(({ name, options, words }) =>
    [
      `    ${name})`,
      `      options=(${options.map(({ flag, doc }) => `'${flag}:${doc}'`).join(' ')})`,
      `      names=(${words.map((word) => `'${word}'`).join(' ')})`,
      ...valuesOf(options).map(
        ({ flag, values }) => `      [[ "$previous" == ${flag} ]] && names=(${values.join(' ')})`,
      ),
      '      ;;',
    ].join('\n'),
  );
  return `#compdef dsim
# dsim completion zsh: eval "$(dsim completion zsh)" after compinit, or into a file _dsim of $fpath
_dsim() {
  local -a commands options names
  local chosen="\${words[2]}" typed="\${words[CURRENT]}" previous="\${words[CURRENT-1]}"
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    _files
    return
  fi
  case "$chosen" in
${cases.join('\n')}
  esac
  if [[ "$typed" == -* ]]; then
    _describe 'option' options
  else
    compadd -a names
    _files
  fi
}
(( $+functions[compdef] )) && compdef _dsim dsim
`;
}

function fishScript(commands: readonly Completed[]): string {
  const first = commands.map(
    ({ name, summary }) => `complete -c dsim -n __fish_use_subcommand -a ${name} -d '${summary}'`,
  );
  const rest = commands.flatMap(({ name, options, words }) => {
    const when = `complete -c dsim -n '__fish_seen_subcommand_from ${name}'`;
    return [
      ...options.map(({ flag, doc, values }) => {
        const chosen = values.length === 0 ? '' : ` -x -a '${values.join(' ')}'`;
        return `${when} -l ${flag.slice(2)} -d '${doc}'${chosen}`;
      }),
      ...(words.length === 0 ? [] : [`${when} -a '${words.join(' ')}'`]),
    ];
  });
  return `# dsim completion fish: dsim completion fish > ~/.config/fish/completions/dsim.fish
${[...first, ...rest].join('\n')}
`;
}
