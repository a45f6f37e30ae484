/** A payload with a piece replaced is a packet that was built so: lengths, sums and all that stands behind. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewritePayload } from '../../../src/nat/helper/payload.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { octets, packetFrom } from '../../support/nat-frames.ts';

const ip = { 4: ipv4('10.0.0.2', '10.1.0.2', { identification: 1 }), 6: ipv6('fd00::2', 'fd01::2') };
const upper: Readonly<Record<string, LayerSpec>> = {
  tcp: tcp(1000, 21, { seq: 1, flags: 0x18 }),
  'tcp with options': tcp(1000, 21, { seq: 1, flags: 0x18 }, Uint8Array.of(1, 1, 1, 0)),
  udp: udp(1000, 5060),
};
const latin = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.nat(255).map((octet) => String.fromCharCode(octet)), maxLength });

const UDP = build(ip[4], udp(1000, 5060), payload('ab'));

describe('rewritePayload', () => {
  it('leaves the packet that the new payload makes', () => {
    const names = fc.constantFrom(...Object.keys(upper));
    fc.assert(
      fc.property(
        fc.constantFrom(4 as const, 6 as const),
        names,
        text(40),
        text(30),
        text(30),
        text(40),
        (v, name, before, old, made, behind) => {
          const packet = packetFrom(build(ip[v], upper[name]!, payload(latin(before + old + behind))));
          expect(rewritePayload(packet, { offset: before.length, length: old.length, text: made })).toBe(true);
          const due = packetFrom(build(ip[v], upper[name]!, payload(latin(before + made + behind))));
          expect(octets(packet)).toEqual(octets(due));
          expect([packet.networkLength, packet.transportLength]).toEqual([due.networkLength, due.transportLength]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves an absent sum of UDP absent', () => {
    const packet = packetFrom(build(ip[4], udp(1000, 5060, { checksum: 0 }), payload('abc')));
    expect(rewritePayload(packet, { offset: 1, length: 1, text: 'xyz' })).toBe(true);
    expect(octets(packet)).toEqual(build(ip[4], udp(1000, 5060, { checksum: 0 }), payload('axyzc')));
  });

  it('writes a sum of UDP that comes out as none in its other form', () => {
    let seen = 0;
    for (let i = 0; i < 0x10000; i += 1) {
      const made = String.fromCharCode(i >> 8, i & 0xff);
      const packet = packetFrom(UDP.slice());
      rewritePayload(packet, { offset: 0, length: 2, text: made });
      const sum = packet.view.getUint16(packet.transport + 6);
      if (sum === 0xffff) seen++;
      if (sum === 0) expect.fail(`no sum behind ${i}`);
    }
    expect(seen).toBe(1);
  });

  it('refuses what would be too long, and a piece that is not there, and changes nothing', () => {
    const large = build(ip[4], udp(1000, 5060), payload(new Uint8Array(65_535 - 28 - 2)));
    const refused = (bytes: Uint8Array, offset: number, length: number, made: string): boolean => {
      const packet = packetFrom(bytes.slice());
      const done = rewritePayload(packet, { offset, length, text: made });
      if (!done) expect(octets(packet)).toEqual(bytes);
      return !done;
    };
    expect([refused(large, 0, 1, 'abc'), refused(large, 0, 1, 'abcd')]).toEqual([false, true]);
    expect([refused(UDP, 0, 2, ''), refused(UDP, 1, 1, 'x'), refused(UDP, 1, 2, 'x'), refused(UDP, 3, 0, 'x')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
