/**
 * Every row of recorded-packets.json was sent through the mangle FORWARD chain of a 6.18 kernel: family, the rule, the packet at
 * FORWARD, the packet it became (null when it was dropped), its mark and its priority.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RouteQuery4, RouteQuery6, RouteResult } from '../../../../src/host/route.ts';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { DestinationKind } from '../../../../src/packet/destination.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { hexOf, ipPacket, TargetMachine } from '../../../support/target-machine.ts';

type Row = [family: 4 | 6, rule: string, before: string, after: string | null, mark: number, priority: number];
const ROWS = JSON.parse(readFileSync(new URL('./recorded-packets.json', import.meta.url), 'utf8')) as Row[];

/** Attach the route ahead, as forwarding did before FORWARD. */
function route(machine: TargetMachine, packet: Packet): void {
  const result = new RouteResult();
  if (packet.family === 4) machine.host.route4(Object.assign(new RouteQuery4(), { dst: packet.dst0 }), result);
  else {
    const { dst0, dst1, dst2, dst3 } = packet;
    machine.host.route6(Object.assign(new RouteQuery6(), { dst0, dst1, dst2, dst3 }), result);
  }
  packet.dst.mtu = result.mtu;
  packet.dst.kind = DestinationKind.Forward;
  packet.outdev = result.outdev;
}

describe('targets on packets', () => {
  it.each(ROWS)('IPv%i %s: %s', (family, rule, before, after, mark, priority) => {
    const machine = new TargetMachine(family);
    const packet = ipPacket(before);
    route(machine, packet);
    const verdict = machine.target(rule)(packet);
    if (after === null) {
      expect(verdict).toBe(Verdict.Drop);
      return;
    }
    expect(verdict).toBe(Verdict.Continue);
    expect(hexOf(packet)).toBe(after);
    expect(packet.mark >>> 0).toBe(mark);
    if (rule.includes('CLASSIFY')) expect(packet.priority).toBe(priority);
  });

  it.each(ROWS.filter(([, , , after]) => after !== null))(
    'leaves the layers as decoding finds them: IPv%i %s: %s',
    (family, rule, before) => {
      const machine = new TargetMachine(family);
      const packet = ipPacket(before);
      route(machine, packet);
      machine.target(rule)(packet);
      const { transport, transportLength, networkLength, headerLength, network, src0, dst3 } = packet;
      const fresh = ipPacket(hexOf(packet));
      expect([fresh.transport, fresh.transportLength, fresh.networkLength, fresh.headerLength, fresh.src0, fresh.dst3]).toEqual([
        transport - network,
        transportLength,
        networkLength,
        headerLength,
        src0,
        dst3,
      ]);
    },
  );
});
