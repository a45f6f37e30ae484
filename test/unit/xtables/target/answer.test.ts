import { describe, expect, it } from 'vitest';
import { HooklineError } from '../../../../src/errors.ts';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { parseSets } from '../../../../src/xtables/set/store.ts';
import { ipPacket, TargetMachine } from '../../../support/target-machine.ts';

const UDP4 = '4500001f000100003f1167c90a0000020a01000203e80035000b2354616263';
const UDP6 = '60000001000b113ffd000000000000000000000000000002fd01000000000000000000000000000203e80035000bffff616263';

/** Rule, family, what the machine was asked to send. */
const REJECTS: readonly (readonly [rule: string, family: 4 | 6, sent: string])[] = [
  ['-j REJECT', 4, 'icmp 3/3 0 by reject'],
  ['-j REJECT --reject-with icmp-net-unreachable', 4, 'icmp 3/0 0 by reject'],
  ['-j REJECT --reject-with icmp-host-unreachable', 4, 'icmp 3/1 0 by reject'],
  ['-j REJECT --reject-with icmp-proto-unreachable', 4, 'icmp 3/2 0 by reject'],
  ['-j REJECT --reject-with icmp-net-prohibited', 4, 'icmp 3/9 0 by reject'],
  ['-j REJECT --reject-with icmp-host-prohibited', 4, 'icmp 3/10 0 by reject'],
  ['-j REJECT --reject-with icmp-admin-prohibited', 4, 'icmp 3/13 0 by reject'],
  ['-p tcp -j REJECT --reject-with tcp-reset', 4, 'reset'],
  ['-j REJECT', 6, 'icmpv6 1/4 0 by reject'],
  ['-j REJECT --reject-with icmp6-no-route', 6, 'icmpv6 1/0 0 by reject'],
  ['-j REJECT --reject-with icmp6-adm-prohibited', 6, 'icmpv6 1/1 0 by reject'],
  ['-j REJECT --reject-with icmp6-addr-unreachable', 6, 'icmpv6 1/3 0 by reject'],
  ['-j REJECT --reject-with icmp6-policy-fail', 6, 'icmpv6 1/5 0 by reject'],
  ['-j REJECT --reject-with icmp6-reject-route', 6, 'icmpv6 1/6 0 by reject'],
  ['-p tcp -j REJECT --reject-with tcp-reset', 6, 'reset'],
];

describe('targets that answer', () => {
  it.each(REJECTS)('%s, IPv%i: %s', (rule, family, sent) => {
    const machine = new TargetMachine(family);
    expect(machine.target(rule, 'filter')(ipPacket(family === 4 ? UDP4 : UDP6))).toBe(Verdict.Drop);
    expect(machine.responder.sent).toEqual([sent]);
  });

  it('TEE asks for a copy and goes on', () => {
    const machine = new TargetMachine();
    expect(machine.target('-j TEE --gateway 10.1.0.9')(ipPacket(UDP4))).toBe(Verdict.Continue);
    expect(machine.target('-j TEE --gateway 10.1.0.9 --oif eth1')(ipPacket(UDP4))).toBe(Verdict.Continue);
    expect(machine.responder.sent).toEqual(['copy to a010009 by 0', 'copy to a010009 by 2']);
  });

  it('NFQUEUE queues', () => {
    const machine = new TargetMachine();
    const packet = ipPacket(UDP4);
    expect(machine.target('-j NFQUEUE --queue-num 7 --queue-bypass')(packet)).toBe(Verdict.Queue);
    expect([packet.queue, packet.queueBypass]).toEqual([7, 1]);
  });

  it('NFQUEUE balances both directions of a flow alike', () => {
    const target = new TargetMachine().target('-j NFQUEUE --queue-balance 10:19');
    const queues = new Set<number>();
    for (let host = 0; host < 64; host++) {
      const there = ipPacket(UDP4);
      const back = ipPacket(UDP4);
      there.src0 += host << 8;
      back.src0 = there.dst0;
      back.dst0 = there.src0;
      target(there);
      target(back);
      expect(back.queue).toBe(there.queue);
      expect(there.queue).toBeGreaterThanOrEqual(10);
      expect(there.queue).toBeLessThanOrEqual(19);
      queues.add(there.queue);
    }
    expect(queues.size).toBe(10);
  });

  it('TRACE marks the packet', () => {
    const packet = ipPacket(UDP4);
    expect(new TargetMachine().target('-j TRACE', 'raw', 'PREROUTING')(packet)).toBe(Verdict.Continue);
    expect(packet.traced).toBe(1);
  });

  it('TPROXY is refused where nobody knows the sockets', () => {
    const compile = (): unknown => new TargetMachine().target('-p tcp -j TPROXY --on-port 80', 'mangle', 'PREROUTING');
    expect(compile).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }) as Error);
  });

  const ALL = '--sack-perm --timestamp --wscale 7 --mss 1460 --ecn';
  // recorded in fixtures/scenarios/engine/synproxy-v4-*: options of a SYN, what the SYN|ACK holds but for the clock
  it.each([
    ['no options', ALL, '02', '', 'syn|ack'],
    ['MSS', ALL, '02', '020405b4', 'syn|ack 020405b4'],
    ['MSS the rule does not name', '--timestamp', '02', '020405b4', 'syn|ack'],
    ['all', ALL, '02', '020405b404020f0801020304000000000103030e', 'syn|ack 020405b4'],
    ['a time stamp', ALL, '02', '080a01020304000000000101', 'syn|ack 0101080a000000*01020304'],
    ['SACK and scale', ALL, 'c2', '0402080a0102030400000000010303ff', 'syn|ack|ece 0402080a000000*0102030401030307'],
    ['ECN without a time stamp', ALL, 'c2', '020405b4', 'syn|ack 020405b4'],
    ['an end in front', ALL, '02', '00020405b4000000', 'syn|ack'],
    ['an option too long', ALL, '02', '0209000002040500', 'syn|ack'],
  ])('SYNPROXY answers a SYN with %s under %s', (_, options, flags, tcpOptions, sent) => {
    const words = (5 + tcpOptions.length / 8).toString(16);
    const total = (40 + tcpOptions.length / 2).toString(16).padStart(4, '0');
    const packet = ipPacket(
      `4500${total}000100003f0600000a0000020a01000203e800500000000100000000${words}0${flags}faf000000000${tcpOptions}`,
    );
    packet.nowUs = 0;
    const machine = new TargetMachine();
    expect(machine.target(`-p tcp -j SYNPROXY ${options}`, 'filter')(packet)).toBe(Verdict.Drop);
    expect(machine.responder.sent.map((text) => text.replace(/(080a000000)../, '$1*'))).toEqual([sent]);
  });

  it.each([
    ['10', Verdict.Drop],
    ['18', Verdict.Drop],
    ['12', Verdict.Continue],
    ['14', Verdict.Continue],
    ['04', Verdict.Continue],
    ['11', Verdict.Continue],
    ['00', Verdict.Continue],
  ])('SYNPROXY on flags 0x%s: %i, and no answer', (flags, verdict) => {
    const machine = new TargetMachine();
    const packet = ipPacket(`45000028000100003f0600000a0000020a01000203e8005000000001000000005${'0'}${flags}faf000000000`);
    expect(machine.target('-p tcp -j SYNPROXY', 'filter')(packet)).toBe(verdict);
    expect(machine.responder.sent).toEqual([]);
  });

  it('SYNPROXY drops what is no whole header', () => {
    const target = new TargetMachine().target('-p tcp -j SYNPROXY', 'filter');
    expect(target(ipPacket('45000026000100003f0600000a0000020a01000203e80050000000010000000050' + '02faf000000000'.slice(0, 10)))).toBe(
      Verdict.Drop,
    );
    expect(target(ipPacket('45000028000100003f0600000a0000020a01000203e8005000000001000000006002faf000000000'))).toBe(Verdict.Drop);
  });

  it.each([
    ['-j SET --add-set nosuch src', "set nosuch doesn't exist"],
    ['-j SET --add-set h6 src', 'the protocol family of set h6 is IPv6, which is not applicable'],
  ])('%s: %s', (rule, message) => {
    const machine = new TargetMachine(4, { sets: parseSets('create h6 hash:ip family inet6') });
    expect(() => machine.target(rule)).toThrow(new HooklineError('ERR_SET', message));
  });

  it.each(['-j CHECKSUM --checksum-fill', '-j SECMARK --selctx a', '-j CONNSECMARK --save'])('%s has no effect on the packet', (rule) => {
    const packet = ipPacket(UDP4);
    expect(new TargetMachine().target(rule)(packet)).toBe(Verdict.Continue);
    expect(packet.writable).toBe(false);
  });

  it('RATEEST measures under its name', () => {
    const machine = new TargetMachine();
    const target = machine.target('-j RATEEST --rateest-name r --rateest-interval 1s --rateest-ewmalog 2s');
    const packet = ipPacket(UDP4);
    for (let ms = 0; ms <= 20_000; ms += 10) {
      packet.nowUs = 1e15 + ms * 1000;
      target(packet);
    }
    const estimator = machine.shared<{ bytesPerSec: number; packetsPerSec: number }>('rateest', 'r', () => {
      throw new Error('the rule made none');
    });
    expect(estimator.packetsPerSec).toBeCloseTo(100, 0);
    expect(estimator.bytesPerSec).toBeCloseTo(3100, -2);
  });
});
