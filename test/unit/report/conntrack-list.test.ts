/** Lines of `conntrack -L`, as conntrack 1.4.7 printed them for the same connections (use and ids are those of the recording). */
import { describe, expect, it } from 'vitest';
import { ZoneDirection } from '../../../src/conntrack/zone.ts';
import { DCCP } from '../../../src/inet/protocol.ts';
import { build } from '../../../src/packet/build.ts';
import { gre, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { formatConntrackExtended, formatConntrackList, formatConntrackNorm } from '../../../src/report/conntrack-list.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';

const at4 = (...layers: LayerSpec[]): Uint8Array => build(ipv4('127.0.0.1', '127.0.0.2'), ...layers);

describe('conntrack -L', () => {
  it('tells protocol, state, both tuples, counters and flags', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const template = conntrack.template({ helper: 'ftp' });
    machine.pass(at4(tcp(50_114, 2121, { flags: 2, seq: 1 })), { template });
    machine.pass(build(ipv4('127.0.0.2', '127.0.0.1'), tcp(2121, 50_114, { flags: 0x12, seq: 9, ack: 2 })));
    const { entry } = machine.pass(at4(tcp(50_114, 2121, { flags: 0x10, seq: 2, ack: 10 })));
    conntrack.setMark(entry, -1);
    expect(formatConntrackList(conntrack, 0)).toEqual([
      'tcp      6 432000 ESTABLISHED src=127.0.0.1 dst=127.0.0.2 sport=50114 dport=2121 packets=2 bytes=80 ' +
        'src=127.0.0.2 dst=127.0.0.1 sport=2121 dport=50114 packets=1 bytes=40 [ASSURED] mark=4294967295 helper=ftp use=1',
    ]);
  });

  it('names what a protocol has instead of ports', () => {
    const machine = new ConntrackMachine({ acct: 0 });
    machine.pass(at4(icmp(8, 3, { identifier: 7 })));
    machine.pass(at4(gre({}, { version: 1, protocolType: 0x880b }), payload('hex:0000 004d')));
    machine.pass(build(ipv4('127.0.0.1', '127.0.0.2', { protocol: DCCP }), payload('hex:0000000000000000')));
    machine.pass(build(ipv4('127.0.0.1', '127.0.0.2', { protocol: 99 }), payload('x')));
    machine.pass(build(ipv6('fd00::1', 'fd00::2'), icmpv6(128, 0, { identifier: 5 })));
    expect(formatConntrackExtended(machine.conntrack, 0)).toEqual([
      'ipv4     2 icmp     1 30 src=127.0.0.1 dst=127.0.0.2 type=8 code=3 id=7 [UNREPLIED] src=127.0.0.2 dst=127.0.0.1 type=0 code=3 id=7 mark=0 use=1',
      'ipv4     2 dccp     33 600 src=127.0.0.1 dst=127.0.0.2 sport=0 dport=0 [UNREPLIED] src=127.0.0.2 dst=127.0.0.1 sport=0 dport=0 mark=0 use=1',
      'ipv4     2 gre      47 30 src=127.0.0.1 dst=127.0.0.2 srckey=0x0 dstkey=0x4d [UNREPLIED] src=127.0.0.2 dst=127.0.0.1 srckey=0x4d dstkey=0x0 mark=0 use=1',
      'ipv4     2 unknown  99 600 src=127.0.0.1 dst=127.0.0.2 [UNREPLIED] src=127.0.0.2 dst=127.0.0.1 mark=0 use=1',
      'ipv6     10 icmpv6   58 30 src=fd00::1 dst=fd00::2 type=128 code=0 id=5 [UNREPLIED] src=fd00::2 dst=fd00::1 type=129 code=0 id=5 mark=0 use=1',
    ]);
  });

  it('tells zones: one for both directions, or each its own', () => {
    const machine = new ConntrackMachine({ acct: 0 });
    const zones = (port: number, zone: number, zoneDirections: number): void => {
      const template = machine.conntrack.template({ zone, zoneDirections });
      machine.pass(at4(udp(1, port), payload('x')), { template });
    };
    zones(53, 7, ZoneDirection.Both);
    zones(54, 9, ZoneDirection.Original);
    zones(55, 5, ZoneDirection.Reply);
    const both = 'src=127.0.0.1 dst=127.0.0.2 sport=1';
    const back = 'src=127.0.0.2 dst=127.0.0.1';
    expect(formatConntrackList(machine.conntrack, 0)).toEqual([
      `udp      17 30 ${both} dport=53 [UNREPLIED] ${back} sport=53 dport=1 mark=0 zone=7 use=1`,
      `udp      17 30 ${both} dport=54 zone-orig=9 [UNREPLIED] ${back} sport=54 dport=1 mark=0 use=1`,
      `udp      17 30 ${both} dport=55 [UNREPLIED] ${back} sport=55 dport=1 zone-reply=5 mark=0 use=1`,
    ]);
  });

  it('leaves out of the comparable form what differs from run to run', () => {
    const machine = new ConntrackMachine();
    machine.pass(at4(icmp(8, 0, { identifier: 7 })));
    expect(formatConntrackNorm(machine.conntrack, 0)).toEqual([
      'icmp 1 src=127.0.0.1 dst=127.0.0.2 type=8 code=0 packets=1 bytes=28 [UNREPLIED] src=127.0.0.2 dst=127.0.0.1 type=0 code=0 packets=0 bytes=0 mark=0',
    ]);
  });
});
