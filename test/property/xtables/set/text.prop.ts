import fc from 'fast-check';
import { describe, it } from 'vitest';
import { HooklineError } from '../../../../src/errors.ts';
import { parseSets, printSets } from '../../../../src/xtables/set/store.ts';
import { SET_TYPES } from '../../../../src/xtables/set/set-type.ts';

const COMMANDS = 'create add del swap rename destroy flush a b __proto__ constructor -exist before after inet inet6'.split(' ');
const ADDRESSES = '10.0.0.1 10.0.0.0/24 10.0.0.0/8 0.0.0.0/0 0.0.0.0-255.255.255.255 ::1 fd00::/64 10.0.0.0-10.0.0.9'.split(' ');
const ENTRIES = '80 tcp:80 udp:1-9 icmp:8/0 10.0.0.1,80 10.0.0.1,tcp:80,10.0.0.2 10.0.0.0/8,eth0 1:2:3:4:5:6 10.0.0.1,1:2:3:4:5:6'.split(
  ' ',
);
const REST = '0 1 64 4294967295 0x5 nomatch timeout comment "x" " skbmark 0x1/0x2 packets \u0000 , / - :'.split(' ');
const TYPE_WORDS = SET_TYPES.flatMap(({ name, aliases, options }) => [name, ...aliases, ...options]);
const WORDS = [...TYPE_WORDS, ...COMMANDS, ...ADDRESSES, ...ENTRIES, ...REST];
const word = (): fc.Arbitrary<string> =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: fc.string({ maxLength: 12 }) });
const line = (): fc.Arbitrary<string> => fc.array(word(), { maxLength: 8 }).map((words) => words.join(' '));

describe('ipset text', () => {
  it('is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.array(line(), { maxLength: 8 }), (lines) => {
        try {
          parseSets(lines.join('\n'));
        } catch (error) {
          return error instanceof HooklineError;
        }
        return true;
      }),
      { numRuns: 1000 },
    );
  });

  const octets = (): fc.Arbitrary<string> => fc.tuple(fc.nat(3), fc.nat(255)).map(([high, low]) => `10.0.${high}.${low}`);
  const port = (): fc.Arbitrary<string> =>
    fc.oneof(
      fc.tuple(fc.constantFrom('tcp', 'udp', 'sctp', 'udplite'), fc.nat(0xffff)).map(([name, number]) => `${name}:${number}`),
      fc.tuple(fc.nat(255), fc.nat(255)).map(([type, code]) => `icmp:${type}/${code}`),
      fc.constantFrom('gre:0', 'esp:0', '253:0'),
    );
  const net = (): fc.Arbitrary<string> => fc.tuple(octets(), fc.integer({ min: 1, max: 32 })).map(([base, length]) => `${base}/${length}`);
  const mac = (): fc.Arbitrary<string> =>
    fc.array(fc.nat(255), { minLength: 6, maxLength: 6 }).map((parts) => parts.map((part) => part.toString(16)).join(':'));
  const FIELDS: Record<string, () => fc.Arbitrary<string>> = {
    ip: octets,
    net,
    port,
    mac,
    iface: () => fc.constantFrom('eth0', 'eth1', 'physdev:eth0', 'ppp'),
    mark: () => fc.nat(0xffffffff).map(String),
  };

  it('prints every kind of element so that it is read back the same', () => {
    for (const type of SET_TYPES.filter(({ method }) => method === 'hash')) {
      const element = fc.tuple(...type.fields.map((field) => FIELDS[field]!())).map((parts) => parts.join(','));
      fc.assert(
        fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
          const text = [`create s ${type.name} counters`, ...elements.map((each) => `add s ${each} -exist`)].join('\n');
          const printed = printSets(parseSets(text));
          return printSets(parseSets(printed)) === printed;
        }),
        { numRuns: 30 },
      );
    }
  });
});
