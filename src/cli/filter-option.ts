/**
 * Filters on the command line: everything behind `--`, for each command that reads captures. It is an option with another
 * spelling, so that commands and their help know of one thing only:
 *
 *   hookline decode lan.pcap -- tcp port 443          is        hookline decode lan.pcap --filter "tcp port 443"
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { compileFilter, PacketFilter } from '../filter/index.ts';
import { LinkType } from '../packet/link-type.ts';
import { UsageError } from './exit.ts';

const NAME = '--filter';

/** Adds it to a command. */
export function filterOption(command: Command): Command {
  return command.addOption(
    new Option(`${NAME} <expression>`, 'tell only of packets a pcap-filter selects; or write it behind --').argParser((text) => {
      refuseEarly(text);
      return new PacketFilter(text);
    }),
  );
}

/** What no link type can answer is refused before anything is read. */
function refuseEarly(text: string): void {
  let refusal: unknown = null;
  for (const linkType of Object.values(LinkType)) {
    try {
      compileFilter(text, linkType);
      return;
    } catch (error) {
      if (linkType === LinkType.Ethernet) refusal = error;
    }
  }
  throw refusal;
}

/** The words of a command line with what stands behind `--` as that option. @throws UsageError: a command without filters */
export function withFilter(command: Command | undefined, words: readonly string[]): readonly string[] {
  const at = words.indexOf('--');
  if (at < 0 || command?.registeredArguments.some((argument) => argument.name().startsWith('capture')) !== true) return words;
  if (command.options.every(({ long }) => long !== NAME)) throw new UsageError(`${command.name()} takes no filter behind --`);
  const text = words.slice(at + 1).join(' ');
  return text === '' ? words.slice(0, at) : [...words.slice(0, at), `${NAME}=${text}`];
}
