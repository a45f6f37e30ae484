import { beforeEach, describe, expect, it } from 'vitest';
import { Hook } from '../../../../src/hook/hook.ts';
import { HookTable } from '../../../../src/hook/hook-table.ts';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { CT_NONE, CT_UNTRACKED, type Packet } from '../../../../src/packet/packet.ts';
import { ipPacket, TargetMachine } from '../../../support/target-machine.ts';

/** UDP 10.0.0.2:1000 -> 10.1.0.2:53. */
const UDP = '4500001f000100003f1167c90a0000020a01000203e80035000b2354616263';

/** Marks a 6.18 kernel ended with after `MARK --set-mark 0xdeadbeef` and these CONNMARK rules. */
const CONNMARKS: readonly (readonly [rules: string[], mark: number, connmark: number])[] = [
  [['--set-xmark 0x12345678/0xffff0000'], 0xdeadbeef, 0x12345678],
  [['--set-mark 0xf1 --left-shift-mark 4'], 0xdeadbeef, 0xf10],
  [['--set-mark 0xf0000001 --right-shift-mark 4'], 0xdeadbeef, 0x0f000000],
  [['--set-mark 0xff', '--save-mark'], 0xdeadbeef, 0xdeadbeef],
  [['--set-mark 0xff00', '--save-mark --nfmask 0xff --ctmask 0xf0f'], 0xdeadbeef, 0xf0ef],
  [['--save-mark --nfmask 0xff --ctmask 0xff00 --left-shift-mark 8'], 0xdeadbeef, 0xef00],
  [['--save-mark --right-shift-mark 8'], 0xdeadbeef, 0xdeadbe],
  [['--set-mark 0xabcd', '--restore-mark'], 0xabcd, 0xabcd],
  [['--set-mark 0xabcd', '--restore-mark --nfmask 0xff --ctmask 0xf0'], 0xdeadbec0, 0xabcd],
  [['--set-mark 0x8000abcd', '--restore-mark --nfmask 0xffff --ctmask 0xffff0000 --right-shift-mark 16'], 0xdead8000, 0x8000abcd],
  [['--set-mark 0xab', '--restore-mark --left-shift-mark 28'], 0xb0000000, 0xab],
  [['--set-mark 0x1', '--or-mark 0x6', '--xor-mark 0x3', '--and-mark 0x5'], 0xdeadbeef, 0x4],
  [['--set-mark 0x1', '--set-xmark 0x2/0xff --left-shift-mark 31'], 0xdeadbeef, 0],
];

describe('targets that know connections', () => {
  let machine: TargetMachine;
  let packet: Packet;

  /** Let connection tracking look at the packet. */
  function track(): void {
    const hooks = new HookTable();
    machine.conntrack.enable(4);
    for (const entry of machine.conntrack.hookEntries(4)) hooks.add(entry);
    expect(hooks.run(Hook.Prerouting, packet)).toBe(Verdict.Accept);
  }

  beforeEach(() => {
    machine = new TargetMachine();
    packet = ipPacket(UDP);
    packet.indev = 1;
    packet.nowUs = 1e15;
  });

  it.each(CONNMARKS)('CONNMARK %j', (rules, mark, connmark) => {
    track();
    expect(packet.ct).toBeGreaterThanOrEqual(0);
    machine.target('-j MARK --set-mark 0xdeadbeef')(packet);
    for (const rule of rules) expect(machine.target(`-j CONNMARK ${rule}`)(packet)).toBe(Verdict.Continue);
    expect([packet.mark >>> 0, machine.conntrack.mark(packet.ct) >>> 0]).toEqual([mark, connmark]);
  });

  it('CONNMARK leaves a packet without a connection alone', () => {
    packet.mark = 5;
    for (const rule of ['--set-mark 1', '--save-mark', '--restore-mark']) {
      expect(machine.target(`-j CONNMARK ${rule}`)(packet)).toBe(Verdict.Continue);
    }
    expect(packet.mark).toBe(5);
  });

  it.each(['-j NOTRACK', '-j CT --notrack'])('%s keeps connection tracking off the packet', (rule) => {
    machine.target(rule, 'raw', 'PREROUTING')(packet);
    expect(packet.ct).toBe(CT_UNTRACKED);
    track();
    expect(packet.ct).toBe(CT_UNTRACKED);
  });

  it.each([
    ['--zone 5', 5, 5],
    ['--zone-orig 6', 6, 0],
    ['--zone-reply 7', 0, 7],
    ['--zone mark', 9, 9],
  ])('CT %s makes an entry in zone %i, its replies in %i', (options, original, reply) => {
    packet.mark = 9;
    machine.target(`-j CT ${options}`, 'raw', 'PREROUTING')(packet);
    track();
    expect([machine.conntrack.zone(packet.ct, 0), machine.conntrack.zone(packet.ct, 1)]).toEqual([original, reply]);
  });

  it('CT does not change what an earlier rule said', () => {
    machine.target('-j CT --zone 5', 'raw', 'PREROUTING')(packet);
    machine.target('-j CT --zone 6', 'raw', 'PREROUTING')(packet);
    machine.target('-j NOTRACK', 'raw', 'PREROUTING')(packet);
    expect(packet.ct).toBe(CT_NONE);
    track();
    expect(machine.conntrack.zone(packet.ct, 0)).toBe(5);
  });

  it('HMARK ct hashes the connection and leaves a packet without one alone', () => {
    const target = machine.target('-j HMARK --hmark-tuple ct,src,dst,sport,dport --hmark-mod 100000 --hmark-rnd 0xcafe');
    packet.mark = 3;
    target(packet);
    expect(packet.mark).toBe(3);
    track();
    target(packet);
    const plain = ipPacket(UDP);
    machine.target('-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 100000 --hmark-rnd 0xcafe')(plain);
    expect(packet.mark).toBe(plain.mark);
  });

  it.each([
    ['CONNMARK', '-j CONNMARK --save-mark', 'mangle', true],
    ['CT', '-j CT --zone 1', 'raw', true],
    ['CT', '-j CT --notrack', 'raw', false],
    ['NOTRACK', '-j NOTRACK', 'raw', false],
    ['SNAT', '-j SNAT --to-source 1.1.1.1', 'nat', true],
  ] as const)('%s: whether %s turns connection tracking on', (_, rule, table, expected) => {
    expect(machine.needsConntrack(rule, table)).toBe(expected);
  });
});
