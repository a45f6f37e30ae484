/**
 * Lines that a 6.18 kernel wrote for packets in mangle FORWARD with mark 0xab: family, options of the LOG rule, the IP packet, the
 * line behind its prefix.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeNetwork } from '../../../src/packet/decode.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { TargetMachine } from '../../support/target-machine.ts';

type Row = [family: 4 | 6, options: string, hex: string, line: string];
const ROWS = JSON.parse(readFileSync(new URL('./recorded-log.json', import.meta.url), 'utf8')) as Row[];

function frame(family: 4 | 6, hex: string): Packet {
  const packet = new Packet();
  packet.bytes = Uint8Array.from(Buffer.from(`020000000001020000001002${family === 4 ? '0800' : '86dd'}${hex}`, 'hex'));
  packet.view = new DataView(packet.bytes.buffer);
  packet.end = packet.bytes.length;
  packet.link = 0;
  packet.network = 14;
  packet.indev = 1;
  packet.outdev = 2;
  packet.mark = 0xab;
  decodeNetwork(packet);
  return packet;
}

describe('log lines', () => {
  it.each(ROWS)('IPv%i LOG %s: %s', (family, options, hex, line) => {
    const machine = new TargetMachine(family, { logs: true });
    machine.target(`-j LOG --log-level info --log-prefix "x: " ${options}`)(frame(family, hex));
    expect(machine.lines).toEqual([`<6>x: ${line}`]);
  });

  it('writes nothing when nobody listens', () => {
    const machine = new TargetMachine(4);
    machine.target('-j LOG')(frame(4, ROWS[0]![2]));
    expect(machine.lines).toEqual([]);
  });

  it('begins a line of NFLOG with its group', () => {
    const machine = new TargetMachine(4, { logs: true });
    machine.target('-j NFLOG --nflog-group 5 --nflog-prefix "n "')(frame(4, ROWS[0]![2]));
    expect(machine.lines[0]).toMatch(/^<nflog:5>n IN=eth0 OUT=eth1 MAC=/);
  });

  it('makes an audit record', () => {
    const machine = new TargetMachine(6, { logs: true });
    machine.target('-j AUDIT --type drop')(frame(6, ROWS.find(([family]) => family === 6)![2]));
    expect(machine.lines).toEqual(['audit: type=1324 mark=0xab saddr=fd00::2 daddr=fd01::2 proto=6']);
  });

  it('shows a packet cut anywhere without reading beyond it', () => {
    for (const [family, options, hex] of ROWS) {
      const machine = new TargetMachine(family, { logs: true });
      const target = machine.target(`-j LOG ${options}`);
      for (let octets = 0; octets <= hex.length / 2; octets++) {
        const packet = frame(family, hex.slice(0, 2 * octets));
        packet.networkLength = Math.min(packet.networkLength, octets);
        if (packet.family !== 0) target(packet);
      }
    }
  });
});
