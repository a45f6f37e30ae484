/**
 * What ttl and hl share: one octet of the IP header compared with a number.
 *
 *   [!] --ttl-eq n | --ttl-lt n | --ttl-gt n
 * @module
 */
import type { MatchFunction, MatchModule } from '../match.ts';
import type { OptionSpec } from '../options.ts';
import { forbidTogether, unsigned } from './option-value.ts';

const MAX = 255;
const SIGNS: Readonly<Record<HopComparison, string>> = { eq: '==', ne: '!=', lt: '<', gt: '>' };

export type HopComparison = 'eq' | 'ne' | 'lt' | 'gt';

export interface HopInfo {
  readonly comparison: HopComparison;
  readonly value: number;
}

/** The module of one family: its name, and where the octet lies in the IP header. */
export function hopModule(name: 'ttl' | 'hl', family: 4 | 6, offset: number): MatchModule<HopInfo> {
  const title = name.toUpperCase();
  const options: readonly OptionSpec[] = [
    { name: `${name}-lt` },
    { name: `${name}-gt` },
    { name: `${name}-eq`, aliases: [name], invert: true },
  ];
  return {
    name,
    scope: 'stateless',
    families: [family],
    options,

    parse(given) {
      forbidTogether(given, name, ...options.map((option) => option.name));
      const [option] = given.all();
      if (option === undefined)
        return given.fail(`${title} match: You must specify one of \`--${name}-eq', \`--${name}-lt', \`--${name}-gt'`);
      const comparison = option.invert ? 'ne' : (option.name.slice(name.length + 1) as HopComparison);
      return { comparison, value: unsigned(option, name, 0, MAX) };
    },

    print({ comparison, value }) {
      return comparison === 'ne' ? `! --${name}-eq ${value}` : `--${name}-${comparison} ${value}`;
    },

    list({ comparison, value }) {
      return `${title} match ${title} ${SIGNS[comparison]} ${value}`;
    },

    compile(info) {
      return compare(info, offset);
    },
  };
}

function compare({ comparison, value }: HopInfo, offset: number): MatchFunction {
  switch (comparison) {
    case 'eq':
      return (packet) => packet.view.getUint8(packet.network + offset) === value;
    case 'ne':
      return (packet) => packet.view.getUint8(packet.network + offset) !== value;
    case 'lt':
      return (packet) => packet.view.getUint8(packet.network + offset) < value;
    case 'gt':
      return (packet) => packet.view.getUint8(packet.network + offset) > value;
  }
}
