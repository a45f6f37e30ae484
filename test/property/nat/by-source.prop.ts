import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Conntrack } from '../../../src/conntrack/conntrack.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { HookTable } from '../../../src/hook/hook-table.ts';
import { Random } from '../../../src/inet/random.ts';
import { BySource } from '../../../src/nat/by-source.ts';
import { ipv4, payload, udp } from '../../../src/packet/build-layers.ts';
import { packetOf } from '../../support/nat-frames.ts';
import { range } from '../../support/nat-router.ts';

/** A flow comes (with the port its source is mapped to), or the flow `gone` back in time goes. */
type Step = { readonly port: number; readonly mapped: number } | { readonly gone: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ port: fc.integer({ min: 1, max: 2 }), mapped: fc.integer({ min: 5000, max: 5007 }) }),
  fc.record({ gone: fc.nat(20) }),
);

/** Entries made by packets that are held, each with its reply tuple altered as source NAT would. */
class Flows {
  readonly conntrack: Conntrack = new Conntrack({ random: new Random(1) });
  private readonly hooks: HookTable = new HookTable();
  private serial = 0;

  constructor() {
    this.conntrack.enable(4);
    for (const entry of this.conntrack.hookEntries(4)) this.hooks.add(entry);
  }

  make(port: number, mapped: number): number {
    const packet = packetOf(ipv4('10.0.0.2', '10.1.0.2'), udp(port, 1024 + this.serial++), payload('x'));
    packet.nowUs = 1e9;
    this.hooks.run(Hook.Prerouting, packet);
    const reply = this.conntrack.readTuple(packet.ct, 1, new Tuple());
    reply.dst0 = 0x0a010032;
    reply.dstL4 = mapped;
    this.conntrack.alterReply(packet.ct, reply);
    return packet.ct;
  }
}

describe('BySource', () => {
  it('finds the mapping of the newest flow of a source that lies in the range', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), fc.integer({ min: 5000, max: 5007 }), fc.nat(7), (steps, low, span) => {
        const flows = new Flows();
        const bySource = new BySource(flows.conntrack);
        const model: { entry: number; port: number; mapped: number }[] = [];
        for (const one of steps) {
          if ('gone' in one) {
            const [dead] = model.splice(one.gone, 1);
            if (dead !== undefined) bySource.remove(dead.entry);
          } else {
            const entry = flows.make(one.port, one.mapped);
            bySource.add(entry);
            bySource.add(entry); // twice is once
            model.unshift({ entry, ...one });
          }
        }
        expect(bySource.size).toBe(model.length);
        const offered = range('10.1.0.50', `${low}-${low + span}`);
        for (let port = 1; port <= 2; port++) {
          const original = Object.assign(new Tuple(), { family: 4, protocol: 17, src0: 0x0a000002, srcL4: port, dst0: 7, dstL4: 8 });
          const out = new Tuple();
          const found = bySource.findMapping(original, offered, 0, out);
          const expected = model.find((one) => one.port === port && one.mapped >= low && one.mapped <= low + span);
          expect(found).toBe(expected !== undefined);
          if (found) expect([out.srcL4, out.src0, out.dst0, out.dstL4]).toEqual([expected!.mapped, 0x0a010032, 7, 8]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its order when it grows', () => {
    const flows = new Flows();
    const bySource = new BySource(flows.conntrack);
    for (let i = 0; i < 5000; i++) bySource.add(flows.make(1 + (i % 3), 2000 + i));
    const original = Object.assign(new Tuple(), { family: 4, protocol: 17, src0: 0x0a000002, srcL4: 2 });
    const out = new Tuple();
    expect(bySource.findMapping(original, range('10.1.0.50'), 0, out)).toBe(true);
    expect(out.srcL4).toBe(2000 + 4999);
  });
});
