/**
 * Completions for bash, zsh and fish, made from the tree of commands.
 * @module
 */
import type { Command } from 'commander';
import { argumentsOf, type OptionFacts, optionsOf } from './option-facts.ts';

export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];
export type Shell = 'bash' | 'zsh' | 'fish';

/** The text that a shell reads. */
export function completionFor(shell: Shell, root: Command): string {
  switch (shell) {
    case 'bash':
      return bash(root);
    case 'zsh':
      return zsh(root);
    default:
      return fish(root);
  }
}

function spellings({ short, long }: OptionFacts): string[] {
  return [short, long].filter((text) => text !== '');
}

function names(root: Command): string[] {
  return root.commands.map((command) => command.name());
}

/** Single quotes, as all three shells have them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// -- bash

function bash(root: Command): string {
  const values = root.commands.flatMap((command) =>
    optionsOf(command)
      .filter(({ value }) => value !== '')
      .map((option) => {
        const places = spellings(option).map((text) => `"${command.name()} ${text}"`);
        const answer = option.choices.length > 0 ? `words="${option.choices.join(' ')}"` : option.isFile ? 'files=1' : ':';
        return `    ${places.join(' | ')}) ${answer} ;;`;
      }),
  );
  const options = root.commands.map(
    (command) => `        ${command.name()}) words="${optionsOf(command).flatMap(spellings).join(' ')}" ;;`,
  );
  const args = root.commands.flatMap((command) =>
    argumentsOf(command)
      .filter(({ choices }) => choices.length > 0)
      .map(({ choices }) => `        ${command.name()}) words="${choices.join(' ')}" ;;`),
  );
  return `# bash completion for hookline:  source <(hookline completion bash)
_hookline() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words="" files=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "${names(root).join(' ')} --help --version" -- "$cur")
    return
  fi
  case "\${COMP_WORDS[1]} $prev" in
${values.join('\n')}
    *)
      case "\${COMP_WORDS[1]} $cur" in
        *" -"*) case "\${COMP_WORDS[1]}" in
${options.join('\n')}
        esac ;;
        *) case "\${COMP_WORDS[1]}" in
${args.join('\n')}
        *) files=1 ;;
        esac ;;
      esac ;;
  esac
  if [ -n "$files" ]; then
    [ "$cur" = "=" ] && cur=""
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    compopt -o filenames 2> /dev/null
  elif [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
}
complete -F _hookline hookline
`;
}

// -- zsh

function zsh(root: Command): string {
  const commands = root.commands.map((command) => `    ${quoted(`${command.name()}:${zshText(command.description())}`)}`);
  const cases = root.commands.map((command) => {
    const options = optionsOf(command).flatMap(zshOption);
    const [argument] = argumentsOf(command);
    const rest = argument === undefined ? [] : [quoted(`*:${argument.name}:${zshValue(argument.choices, argument.isFile)}`)];
    return `    ${command.name()})\n      _arguments -s \\\n        ${[...options, ...rest].join(' \\\n        ')} ;;`;
  });
  return `#compdef hookline
# zsh completion for hookline:  hookline completion zsh > "\${fpath[1]}/_hookline"
_hookline() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _hookline ]; then
  _hookline "$@"
else
  compdef _hookline hookline
fi
`;
}

function zshOption(option: OptionFacts): string[] {
  const value = option.value === '' ? '' : `:${zshText(option.value.replace(/[<>[\]]/g, ''))}:${zshValue(option.choices, option.isFile)}`;
  const all = spellings(option);
  const guard = option.repeats ? '*' : all.length > 1 ? `(${all.join(' ')})` : '';
  return all.map((text) => quoted(`${guard}${text}[${zshText(option.description)}]${value}`));
}

function zshValue(choices: readonly string[], isFile: boolean): string {
  return choices.length > 0 ? `(${choices.join(' ')})` : isFile ? '_files' : ' ';
}

/** Without what _arguments gives a meaning. */
function zshText(text: string): string {
  return text.replace(/[\\[\]:]/g, (sign) => `\\${sign}`);
}

// -- fish

function fish(root: Command): string {
  const first = root.commands.map(
    (command) => `complete -c hookline -n __fish_use_subcommand -f -a ${command.name()} -d ${quoted(command.description())}`,
  );
  const rest = root.commands.flatMap((command) => {
    const here = `complete -c hookline -n ${quoted(`__fish_seen_subcommand_from ${command.name()}`)}`;
    const args = argumentsOf(command);
    const given = args.some(({ isFile }) => isFile)
      ? []
      : [`${here} -f${args[0] === undefined ? '' : ` -a ${quoted(args[0].choices.join(' '))}`}`];
    return [...given, ...optionsOf(command).map((option) => `${here}${fishOption(option)}`)];
  });
  return `# fish completion for hookline:  hookline completion fish > ~/.config/fish/completions/hookline.fish
${[...first, ...rest].join('\n')}
`;
}

function fishOption(option: OptionFacts): string {
  const short = option.short === '' ? '' : ` -s ${option.short.slice(1)}`;
  const value =
    option.value === '' ? '' : option.choices.length > 0 ? ` -x -a ${quoted(option.choices.join(' '))}` : option.isFile ? ' -r -F' : ' -x';
  return `${short} -l ${option.long.slice(2)}${value} -d ${quoted(option.description)}`;
}
