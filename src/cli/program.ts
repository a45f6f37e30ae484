/**
 * The tree of commands, from which help, completions and the manual page are made. A command's modules are loaded when it is the
 * one that runs.
 * @module
 */
import { Command } from 'commander';
import { printable } from './exit.ts';
import { version } from './version.ts';

/** In the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['replay', async () => (await import('./commands/replay.ts')).replayCommand()],
  ['explain', async () => (await import('./commands/explain.ts')).explainCommand()],
  ['conntrack', async () => (await import('./commands/conntrack.ts')).conntrackCommand()],
  ['nat', async () => (await import('./commands/nat.ts')).natCommand()],
  ['diff', async () => (await import('./commands/diff.ts')).diffCommand()],
  ['coverage', async () => (await import('./commands/coverage.ts')).coverageCommand()],
  ['assert', async () => (await import('./commands/assert.ts')).assertCommand()],
  ['decode', async () => (await import('./commands/decode.ts')).decodeCommand()],
  ['check', async () => (await import('./commands/check.ts')).checkCommand()],
  ['fuzz', async () => (await import('./commands/fuzz.ts')).fuzzCommand()],
  ['snapshot', async () => (await import('./commands/snapshot.ts')).snapshotCommand()],
  ['scenario', async () => (await import('./commands/scenario.ts')).scenarioCommand()],
  ['completion', async () => (await import('./commands/completion.ts')).completionCommand(() => program(undefined))],
]);

/** What asks for the version, and for no command. */
const VERSION_WORDS: readonly string[] = ['-V', '--version'];

/** Status codes of the program, as help and manual tell them. */
export const EXIT_STATUS: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'input damaged or unreadable'],
  [2, 'usage or rule file error'],
  [3, 'comparison failed'],
  [130, 'interrupted'],
];

/** The program with the command that `word` names, or with all. */
export async function program(word: string | undefined): Promise<Command> {
  const root = new Command('hookline')
    .description('Linux netfilter in userspace: what would this router have done with these packets?')
    .version(version(), VERSION_WORDS.join(', '))
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
Examples:
  hookline replay eth0=lan.pcap eth1=wan.pcap -r rules.v4 --host host.json
  hookline replay capture.pcap --host router1 -- tcp port 443 and host 10.0.0.1
  hookline explain capture.pcap -r rules.v4 -n 12
  hookline conntrack capture.pcap -r rules.v4 --at 12
  hookline nat capture.pcap -r rules.v4
  hookline diff capture.pcap -r old.v4 -r new.v4
  hookline coverage capture.pcap -r rules.v4
  hookline assert capture.pcap expectations.yaml -r rules.v4
  hookline decode capture.pcapng
  hookline check rules.v4

Exit status: ${EXIT_STATUS.map(([code, meaning]) => `${code} ${meaning}`).join(', ')}.`,
    );
  const one = COMMANDS.get(word ?? '');
  const needed = one !== undefined ? [one] : VERSION_WORDS.includes(word ?? '') ? [] : COMMANDS.values();
  for (const load of needed) root.addCommand(await load());
  for (const command of [root, ...root.commands]) {
    command.exitOverride();
    command.configureOutput({ outputError: (text, write) => write(printable(text.replace(/^error: /, 'hookline: '))) });
    command.showHelpAfterError(`(hookline ${command === root ? '' : `${command.name()} `}--help tells how)`);
  }
  return root;
}
