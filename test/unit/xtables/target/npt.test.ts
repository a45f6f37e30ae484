/**
 * Every row of recorded-npt.json went through a 6.18 kernel: the rule, its chain in mangle, the packet, what it became (null when
 * it was dropped). The hop limit is the one it left with.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { hexOf, ipPacket, TargetMachine } from '../../../support/target-machine.ts';

type Row = [rule: string, chain: string, before: string, after: string | null];
const ROWS = JSON.parse(readFileSync(new URL('./recorded-npt.json', import.meta.url), 'utf8')) as Row[];

describe('SNPT and DNPT', () => {
  it.each(ROWS)('%s in %s: %s', (rule, chain, before, after) => {
    const machine = new TargetMachine(6);
    const packet = ipPacket(before);
    const verdict = machine.target(rule, 'mangle', chain)(packet);
    if (after === null) {
      expect(verdict).toBe(Verdict.Drop);
      expect(machine.responder.sent).toEqual(['icmpv6 4/0 8 by stack']);
      return;
    }
    expect(verdict).toBe(Verdict.Continue);
    expect(hexOf(packet)).toBe(after);
    const fresh = ipPacket(after);
    expect([packet.src0, packet.src3, packet.dst0, packet.dst3]).toEqual([fresh.src0, fresh.src3, fresh.dst0, fresh.dst3]);
  });
});
