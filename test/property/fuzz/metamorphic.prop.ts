/**
 * What must not matter, does not: padding, the date, the zone, rules that stand elsewhere or say the same in other words, a cut
 * into pieces. Each property runs the same conversations through two machines and holds one against the other.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Configuration,
  hostFile,
  type Injected,
  type Observation,
  observeAll,
  ruleText,
  run,
  survey,
  trafficFor,
} from '../../../src/fuzz/index.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import type { Host } from '../../../src/host/host.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, payload, udp } from '../../../src/packet/build-layers.ts';
import { LinkType } from '../../../src/packet/link-type.ts';

interface Case {
  readonly host: Host;
  readonly text: string;
  readonly packets: readonly Injected[];
}

const configurationOf = (host: Host, text: string): Configuration => ({ host, rules: [parseRules(text, { family: 4 })] });

/** A host, rules, and what conversations through them put in. */
function cases(more: (text: string) => string = (text) => text): fc.Arbitrary<Case> {
  return hostFile()
    .map((file) => parseHost(file))
    .chain((host) => ruleText(survey(host, 4, [])).map((text) => ({ host, text: more(text) })))
    .chain(({ host, text }) =>
      trafficFor(configurationOf(host, text)).map((traffic) => ({
        host,
        text,
        packets: run(configurationOf(host, text), traffic).map(({ injected }) => injected),
      })),
    );
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

/** What became of every packet, and the table at the end; not which rule did it. */
function fates(observations: readonly Observation[]): unknown {
  const each = observations.map(({ verdict, reason, state, isReply, seen }) => ({
    verdict,
    reason,
    state,
    isReply,
    seen: seen.map(({ device, frame, network }) => `${device} ${hex(frame.subarray(network))}`),
  }));
  const table = observations.at(-1)?.table.map(({ entry: _entry, original, reply, ...line }) => ({
    ...line,
    original: { ...original, zone: 0 },
    reply: { ...reply, zone: 0 },
  }));
  return { each, table };
}

const runs = { numRuns: 120 };

describe('it does not matter', () => {
  it('what a frame is padded with', () => {
    fc.assert(
      fc.property(cases(), fc.uint8Array({ minLength: 1, maxLength: 30 }), ({ host, text, packets }, padding) => {
        const padded = packets.map((packet) =>
          packet.linkType === LinkType.Ethernet ? { ...packet, frame: Uint8Array.from([...packet.frame, ...padding]) } : packet,
        );
        expect(fates(observeAll(configurationOf(host, text), padded))).toEqual(fates(observeAll(configurationOf(host, text), packets)));
      }),
      runs,
    );
  });

  it('what day it is', () => {
    fc.assert(
      fc.property(cases(), fc.integer({ min: 1, max: 4000 }), ({ host, text, packets }, days) => {
        const later = packets.map((packet) => ({ ...packet, nowUs: packet.nowUs + days * 86_400e6 }));
        expect(fates(observeAll(configurationOf(host, text), later))).toEqual(fates(observeAll(configurationOf(host, text), packets)));
      }),
      runs,
    );
  });

  it('which zone connections are in, if it is the same for all', () => {
    const zoned = '*raw\n-A PREROUTING -j CT --zone 7\n-A OUTPUT -j CT --zone 7\nCOMMIT\n';
    fc.assert(
      fc.property(cases(), ({ host, text, packets }) => {
        const tracked = text.replace('COMMIT\n', '').includes('*nat') || text.includes('--ctstate');
        fc.pre(tracked);
        expect(fates(observeAll(configurationOf(host, zoned + text), packets))).toEqual(
          fates(observeAll(configurationOf(host, text), packets)),
        );
      }),
      runs,
    );
  });

  it('that there is a translation for somebody else', () => {
    const foreign =
      '-A POSTROUTING -s 240.0.0.1/32 -j SNAT --to-source 240.0.0.2\n-A PREROUTING -d 240.0.0.3/32 -j DNAT --to-destination 240.0.0.4\n';
    fc.assert(
      fc.property(
        cases((text) => (text.startsWith('*nat') ? text : `*nat\nCOMMIT\n${text}`)),
        ({ host, text, packets }) => {
          // some rule of NAT must be there before: the first brings null bindings with it
          fc.pre(text.startsWith('*nat\n-A'));
          const more = text.replace('COMMIT\n', `${foreign}COMMIT\n`);
          expect(fates(observeAll(configurationOf(host, more), packets))).toEqual(fates(observeAll(configurationOf(host, text), packets)));
        },
      ),
      runs,
    );
  });

  it('in which order rules stand that do the same', () => {
    let swapped = 0;
    fc.assert(
      fc.property(cases(), fc.nat(), ({ host, text, packets }, pick) => {
        const lines = text.split('\n');
        const word = (line: string | undefined): string =>
          line === undefined ? '' : (/^-A (\S+) .*(-j (?:ACCEPT|DROP))$/.exec(line)?.slice(1).join() ?? '');
        const places = lines.flatMap((line, i) => (word(line) !== '' && word(line) === word(lines[i + 1]) ? [i] : []));
        fc.pre(places.length > 0);
        swapped++;
        const at = places[pick % places.length]!;
        const other = [...lines.slice(0, at), lines[at + 1]!, lines[at]!, ...lines.slice(at + 2)].join('\n');
        const [one, two] = [configurationOf(host, text), configurationOf(host, other)];
        expect(fates(observeAll(two, packets))).toEqual(fates(observeAll(one, packets)));
        const total = ({ rules }: Configuration): number => rules[0]!.counters.packets.reduce((sum, count) => sum + count, 0);
        expect(total(two)).toBe(total(one));
      }),
      { numRuns: 60 },
    );
    expect(swapped).toBeGreaterThan(20);
  });

  it('whether rules stand in a chain or in one that it jumps to', () => {
    fc.assert(
      fc.property(cases(), fc.nat(), fc.nat(), ({ host, text, packets }, from, count) => {
        const lines = text.split('\n');
        const forward = lines.flatMap((line, i) => (line.startsWith('-A FORWARD') ? [i] : []));
        fc.pre(forward.length > 0);
        const first = forward[from % forward.length]!;
        const last = Math.min(first + 1 + (count % 4), forward.at(-1)! + 1);
        const inner = lines.slice(first, last).map((line) => line.replace('-A FORWARD', '-A INNER'));
        const moved = [...lines.slice(0, first), '-A FORWARD -j INNER', ...lines.slice(last)];
        moved.splice(moved.indexOf('*filter') + 1, 0, ':INNER - [0:0]');
        moved.splice(moved.lastIndexOf('COMMIT'), 0, ...inner);
        expect(fates(observeAll(configurationOf(host, moved.join('\n')), packets))).toEqual(
          fates(observeAll(configurationOf(host, text), packets)),
        );
      }),
      runs,
    );
  });

  it('whether ports are one range or two', () => {
    fc.assert(
      fc.property(
        cases(),
        fc.integer({ min: 1, max: 65_000 }),
        fc.nat(500),
        fc.constantFrom('tcp', 'udp'),
        ({ host, text, packets }, low, width, protocol) => {
          const high = Math.min(0xffff, low + 1 + width);
          const middle = low + (width >> 1);
          const rule = (ports: string): string => `-A FORWARD -p ${protocol} -m ${protocol} --dport ${ports} -j DROP\n`;
          const put = (rules: string): string => text.replace(/^-A FORWARD|^COMMIT\n$/m, (line) => rules + line);
          const [one, two] = [put(rule(`${low}:${high}`)), put(rule(`${low}:${middle}`) + rule(`${middle + 1}:${high}`))];
          expect(fates(observeAll(configurationOf(host, two), packets))).toEqual(fates(observeAll(configurationOf(host, one), packets)));
        },
      ),
      runs,
    );
  });

  it('whether a tracked datagram comes whole or in pieces, in any order', () => {
    const host = parseHost({
      interfaces: [
        { name: 'eth0', addresses: ['10.0.0.1/24'] },
        { name: 'eth1', addresses: ['10.1.0.1/24'] },
      ],
      conntrack: true,
    });
    const header = { ttl: 64, identification: 77 };
    const whole = build(ipv4('10.0.0.2', '10.1.0.2', header), udp(4000, 53), payload(new Uint8Array(400).fill(0x61)));
    const piece = (from: number, to: number): Uint8Array => {
      const fields = { ...header, protocol: 17, fragmentOffset: from >> 3, moreFragments: to < whole.length - 20 ? 1 : 0 };
      return build(ipv4('10.0.0.2', '10.1.0.2', fields), payload(whole.slice(20 + from, 20 + to)));
    };
    const put = (frame: Uint8Array, i: number): Injected => ({ device: 1, frame, linkType: LinkType.Raw, nowUs: 1.7e15 + i });
    const rules = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p udp -m udp --dport 53 -m length --length 428 -j ACCEPT\nCOMMIT\n';
    const alone = observeAll(configurationOf(host, rules), [put(whole, 0)]);
    expect(alone[0]!.verdict).toBe('forwarded');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        (cuts, order) => {
          const edges = [0, ...cuts.map((cut) => 8 * cut).sort((a, b) => a - b), whole.length - 20];
          const pieces = edges.slice(1).map((end, i) => piece(edges[i]!, end));
          const shuffled = pieces.map((frame, i) => ({ frame, key: order[i]! })).sort((a, b) => a.key - b.key);
          const observed = observeAll(
            configurationOf(host, rules),
            shuffled.map(({ frame }, i) => put(frame, i)),
          );
          expect(observed.slice(0, -1).every(({ verdict }) => verdict === 'consumed')).toBe(true);
          const last = observed.at(-1)!;
          expect([last.verdict, last.state]).toEqual(['forwarded', 'NEW']);
          expect(last.table.map(({ original }) => [original.sourceL4, original.packets])).toEqual([[4000, 1]]);
        },
      ),
      runs,
    );
  });
});
