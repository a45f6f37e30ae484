/** What hookline/fuzz draws is what it says, and the machine keeps every invariant under it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conntrackCommands,
  ConntrackModel,
  ConntrackUnderTest,
  damagedFrame,
  firstViolation,
  frame,
  hostFile,
  INVARIANTS,
  ipsetCommands,
  IpsetModel,
  IpsetUnderTest,
  minimise,
  type Injected,
  run,
  ruleChange,
  ruleText,
  survey,
  trafficFor,
} from '../../../src/fuzz/index.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';

/** Answers let back in is a promise of a rule set, not of a machine. */
const OF_THE_MACHINE = INVARIANTS.filter(({ name }) => name !== 'replies-return');

function aim(octets: Uint8Array): Packet {
  const packet = new Packet();
  packet.blank(octets.length);
  packet.bytes.set(octets, packet.start);
  decode(packet, LinkType.Ethernet);
  return packet;
}

const configured = fc.record({ file: hostFile(), family: fc.constantFrom<4 | 6>(4, 6) }).chain(({ file, family }) => {
  const host = parseHost(file, 'host.json');
  return ruleText(survey(host, family, [])).map((text) => ({ host, family, text }));
});

describe('hookline/fuzz', () => {
  it('draws hosts and rule sets that are accepted, and changes of them', () => {
    let kept = 0;
    fc.assert(
      fc.property(
        configured.chain(({ host, family, text }) => fc.tuple(fc.constant({ family, text }), ruleChange(survey(host, family, []), text))),
        ([{ family, text }, changed]) => {
          const before = printRules(parseRules(text, { family }));
          const after = printRules(parseRules(changed.text, { family }));
          if (before === after) kept++;
        },
      ),
      { numRuns: 300 },
    );
    expect(kept).toBeLessThan(150);
  });

  it('draws traffic that meets the rules, and no invariant of the machine breaks under it', () => {
    let hits = 0;
    fc.assert(
      fc.property(
        configured.chain(({ host, family, text }) => {
          const rules = [parseRules(text, { family })];
          return trafficFor({ host, rules }).map((traffic) => ({ configuration: { host, rules }, traffic }));
        }),
        ({ configuration, traffic }) => {
          const observations = run(configuration, traffic);
          hits += configuration.rules[0]!.hits().filter(({ rule }) => /:\d+$/.test(rule)).length;
          const violation = firstViolation(configuration, OF_THE_MACHINE, observations);
          if (violation !== null) throw new Error(violation.text);
        },
      ),
      { numRuns: 400 },
    );
    expect(hits).toBeGreaterThan(300);
  });

  it('draws frames whose layers are found', () => {
    let whole = 0;
    fc.assert(
      fc.property(frame(), (octets) => {
        const packet = aim(octets);
        if (packet.family !== 0 && packet.fault === 0) whole++;
      }),
      { numRuns: 500 },
    );
    expect(whole).toBeGreaterThan(250);
  });

  it('draws damaged frames that nothing trips over', () => {
    fc.assert(
      fc.property(damagedFrame(), (octets) => {
        const packet = aim(octets);
        return packet.end - packet.start === octets.length;
      }),
      { numRuns: 1000 },
    );
  });

  it('holds connection tracking against its model', () => {
    fc.assert(
      fc.property(conntrackCommands(), (commands) => {
        fc.modelRun(() => ({ model: new ConntrackModel(), real: new ConntrackUnderTest() }), commands);
      }),
      { numRuns: 200 },
    );
  });

  it('sees connection tracking that forgets too late', () => {
    class Late extends ConntrackUnderTest {
      override wait(ms: number): void {
        super.wait(ms === 30_502 ? 29_000 : ms);
      }
    }
    const result = fc.check(
      fc.property(conntrackCommands(), (commands) => {
        fc.modelRun(() => ({ model: new ConntrackModel(), real: new Late() }), commands);
      }),
      { numRuns: 300 },
    );
    expect(result.failed).toBe(true);
  });

  it.each(['hash:ip', 'hash:net', 'bitmap:ip'] as const)('holds %s against its model', (type) => {
    fc.assert(
      fc.property(ipsetCommands(), (commands) => {
        fc.modelRun(() => ({ model: new IpsetModel(), real: new IpsetUnderTest(type) }), commands);
      }),
      { numRuns: 150 },
    );
  });

  it('sees a set that does not flush', () => {
    class Sticky extends IpsetUnderTest {
      override line(text: string): void {
        if (!text.startsWith('flush')) super.line(text);
      }
    }
    const result = fc.check(
      fc.property(ipsetCommands(), (commands) => {
        fc.modelRun(() => ({ model: new IpsetModel(), real: new Sticky() }), commands);
      }),
      { numRuns: 300 },
    );
    expect(result.failed).toBe(true);
  });
});

describe('minimise', () => {
  const packets = (count: number): Injected[] =>
    Array.from({ length: count }, (_, nowUs) => ({ device: 1, frame: new Uint8Array(0), linkType: 1, nowUs }));

  it('keeps exactly the packets a failure needs', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 6 }), (needed) => {
        const fails = (list: readonly Injected[]): boolean => needed.every((at) => list.some(({ nowUs }) => nowUs === at));
        const left = minimise(packets(40), fails).map(({ nowUs }) => nowUs);
        expect(left).toEqual([...needed].sort((a, b) => a - b));
      }),
    );
  });
});
