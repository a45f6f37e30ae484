/**
 * cgroup: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import { Packet } from '../../../../src/packet/packet.ts';
import { cgroup } from '../../../../src/xtables/match/cgroup.ts';
import type { Services } from '../../../../src/xtables/services.ts';
import { checkTexts } from '../../../support/match-lab.ts';

describe('text of cgroup', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m cgroup --cgroup 1', '=', 'cgroup 1'],
  ['-m cgroup ! --cgroup 1', '=', 'cgroup ! 1'],
  ['-m cgroup --cgroup 0x10', '-m cgroup --cgroup 16', 'cgroup 16'],
  ['-m cgroup --path /', '-m cgroup --path "/"', 'cgroup /'],
  ['-m cgroup ! --path "/system.slice"', '=', 'cgroup ! /system.slice'],
  ['-m cgroup', 'FAIL', 'cgroup'],
  ['-m cgroup --cgroup 1 --path /', 'FAIL', 'only one of'],
  ['-m cgroup --cgroup x', 'FAIL', 'cgroup: bad value for option "--cgroup", or out of range (0-4294967295).'],
  ['-m cgroup --cgroup 4294967296', 'FAIL', 'cgroup: bad value for option "--cgroup", or out of range (0-4294967295).'],
], { chain: 'OUTPUT' });
});

describe('cgroup', () => {
  const info = { path: null, classid: 1, invert: true };
  const services = (answer: boolean | null): Services =>
    ({ doubt: answer === null ? null : { about: () => ({ ask: () => answer }) } }) as unknown as Services;

  it('is refused where nobody supposes an answer', () => {
    expect(() => cgroup.compile(info, services(null))).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  });

  it('answers what is supposed for a local packet, and no for any other', () => {
    const packet = new Packet();
    const holds = cgroup.compile(info, services(true));
    expect(holds(packet)).toBe(false);
    packet.local = 1;
    expect(holds(packet)).toBe(true);
    expect(cgroup.compile(info, services(false))(packet)).toBe(false);
  });
});
