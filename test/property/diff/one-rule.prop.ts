/**
 * A rule set against a copy with one rule changed: whatever changes is told with that rule.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Comparison, type SideOptions } from '../../../src/diff/index.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { Random } from '../../../src/inet/random.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { aim, rulesOf } from '../../support/compare.ts';
import { RandomRules } from '../../support/random-rules.ts';

const RUNS = Math.max(150, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 60;

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/16', 'fd01::1/64'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
    { dst: '::/0', via: 'fd01::fe', dev: 'eth1' },
  ],
};

/** What remembers packets: there a rule may change the fate of packets that never meet it. */
const REMEMBERS = /limit|statistic|recent|quota|connmark|CONNMARK/;

/** Lines (from 1) of rules to change: those that packets hit, or any. */
function candidates(text: string, hit: readonly number[], random: Random): readonly number[] {
  if (hit.length > 0 && random.below(4) > 0) return hit;
  return text.split('\n').flatMap((line, i) => (line.startsWith('-A') ? [i + 1] : []));
}

/** The text with the rule of a line changed. */
function changeOne(text: string, line: number, random: Random): string {
  const lines = text.split('\n');
  const old = lines[line - 1]!;
  const bare = old.replace(/ -[jg] .*$/, '');
  const choices = [`${bare} -j DROP`, `${bare} -j ACCEPT`, old.replace(/( !)? -[sdio] \S+/, ''), bare];
  lines[line - 1] = choices[random.below(choices.length)]!;
  return lines.join('\n');
}

function side(text: string, family: 4 | 6, file: string): SideOptions {
  return { host: parseHost(HOST, 'host'), rules: rulesOf(text, family, file), sets: new SetStore(), seed: 1, conntrack: false };
}

function compare(
  frames: readonly { readonly dev: number; readonly octets: Uint8Array }[],
  old: SideOptions,
  fresh: SideOptions,
): Comparison {
  const comparison = new Comparison(old, fresh);
  const packet = new Packet();
  frames.forEach(({ octets, dev }, i) => {
    aim(packet, octets, 1_700_000_000_000_000 + i * 20_000, i);
    decode(packet, LinkType.Ethernet);
    packet.indev = dev;
    comparison.receive(packet);
  });
  return comparison;
}

describe('diff of a rule set against a copy with one rule changed', () => {
  it('names that rule', () => {
    let changed = 0;
    let groupsMet = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xfffffff }), (seed) => {
        const source = new RandomRules(seed);
        const text = source
          .text()
          .split('\n')
          .filter((line) => !line.startsWith('-A') || !REMEMBERS.test(line))
          .join('\n');
        const family = source.isIpv6 ? 6 : 4;
        const random = new Random(seed);
        const frames = Array.from({ length: PACKETS }, () => source.frame());
        const self = compare(frames, side(text, family, 'old'), side(text, family, 'old'));
        expect(self.groups.all).toEqual([]);
        const hit = self.old.rules[0]!.hits().flatMap(({ rule, at }) => (/\d$/.test(rule) ? [Number(at.split(':')[1])] : []));
        const lines = candidates(text, hit, random);
        if (lines.length === 0) return;
        const line = lines[random.below(lines.length)]!;
        const comparison = compare(frames, side(text, family, 'old'), side(changeOne(text, line, random), family, 'new'));
        // with the last rule that needs connections they are tracked no more: that changes fragments, and no rule says so
        if (comparison.old.engine.conntrack.isEnabled(family) !== comparison.new.engine.conntrack.isEnabled(family)) return;
        if (comparison.changedPackets > 0) changed++;
        for (const { old, new: fresh, parting } of comparison.groups.all) {
          groupsMet++;
          const named = [old, fresh, parting?.old, parting?.new].map((rule) => rule?.at ?? '');
          expect(
            named.some((at) => at === `old:${line}:1` || at === `new:${line}:1`),
            JSON.stringify({ named, line }),
          ).toBe(true);
        }
      }),
      { numRuns: RUNS, seed: 20_261_124 },
    );
    // the property is about something
    expect(changed).toBeGreaterThan(RUNS / 4);
    expect(groupsMet).toBeGreaterThan(changed - 1);
  });
});
