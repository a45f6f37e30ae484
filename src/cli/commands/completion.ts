/**
 * `hookline completion SHELL`: prints what makes a shell complete commands, options and their values.
 * @module
 */
import { Argument, Command } from 'commander';
import { completionFor, SHELLS, type Shell } from '../completions.ts';

/** `root` makes the whole tree of commands. */
export function completionCommand(root: () => Promise<Command>): Command {
  return new Command('completion')
    .description('print completions for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(hookline completion bash)
  hookline completion zsh > "\${fpath[1]}/_hookline"
  hookline completion fish > ~/.config/fish/completions/hookline.fish`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(completionFor(shell, await root()));
    });
}
