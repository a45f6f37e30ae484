/** What is accepted, cut and refused was recorded from tcpdump 4.99.3 with libpcap 1.10.3 on the same octets. */
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { type PcapShape, pcapFile, type RecordShape } from '../../support/capture-octets.ts';
import { contentsOf } from '../../support/capture-records.ts';

const FRAME = Uint8Array.from({ length: 42 }, (_, i) => i);
const HEADER = 24;
const RECORD = 16;

function lengthsOf(shape: PcapShape, records: readonly RecordShape[] = [{ data: FRAME }, { data: FRAME }]): string[] {
  return contentsOf(pcapFile(shape, records)).records.map(({ us, ns, octets, wire }) => `${us}.${ns} ${octets.length / 2}/${wire}`);
}

function refusal(octets: Uint8Array): string {
  try {
    openCapture(octets, { name: 'x.pcap' });
  } catch (error) {
    if (error instanceof CaptureError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'opened';
}

describe('PcapReader', () => {
  it.each([
    ['microseconds', 0xa1b2c3d4, '1000002.0 42/42'],
    ['nanoseconds', 0xa1b23c4d, '1000000.2 42/42'],
    ['the headers of a patched libpcap', 0xa1b2cd34, '1000002.0 42/42'],
  ])('reads %s in both byte orders', (_, magic, expected) => {
    expect(lengthsOf({ magic })).toEqual([expected, expected]);
    expect(lengthsOf({ magic, littleEndian: false })).toEqual([expected, expected]);
  });

  it('delivers the octets of the record, and zeros behind the data', () => {
    const capture = openCapture(pcapFile({}, [{ data: FRAME }]));
    const packet = new Packet();
    expect(capture.next(packet)).toBe(true);
    expect(packet.bytes.subarray(packet.start, packet.end)).toEqual(FRAME);
    expect(packet.view.buffer).toBe(packet.bytes.buffer);
    expect(packet.bytes.subarray(packet.end, packet.end + 64)).toEqual(new Uint8Array(64));
    expect(capture.next(packet)).toBe(false);
  });

  it('cuts packets to the snap length, and takes 0 and 4 GiB for none', () => {
    expect(lengthsOf({ snapLength: 20 })[0]).toBe('1000002.0 20/42');
    expect(lengthsOf({ snapLength: 0 })[0]).toBe('1000002.0 42/42');
    expect(lengthsOf({ snapLength: 0xffffffff })[0]).toBe('1000002.0 42/42');
  });

  it('turns the lengths of old versions', () => {
    const turned = [{ data: FRAME, captured: 100, wire: 42 }];
    expect(lengthsOf({ minor: 2 }, turned)).toEqual(['1000002.0 42/100']);
    expect(lengthsOf({ minor: 3 }, turned)).toEqual(['1000002.0 42/100']);
    expect(lengthsOf({ minor: 3 }, [{ data: FRAME, wire: 100 }])).toEqual(['1000002.0 42/100']);
    expect(lengthsOf({ major: 543, minor: 0 }, turned)).toEqual(['1000002.0 42/100']);
  });

  it('raises a wire length below the captured one', () => {
    expect(lengthsOf({}, [{ data: FRAME, wire: 10 }])).toEqual(['1000002.0 42/42']);
  });

  it('carries fractions of a second and more, and seconds without sign', () => {
    expect(lengthsOf({}, [{ data: FRAME, fraction: 5_000_000 }])[0]).toBe('6000000.0 42/42');
    expect(lengthsOf({}, [{ data: FRAME, seconds: 0xfffffff0 }])[0]).toBe('4294967280000002.0 42/42');
    expect(lengthsOf({ magic: 0xa1b23c4d }, [{ data: FRAME, fraction: 1_999_999_999 }])[0]).toBe('2999999.999 42/42');
  });

  it('reads empty packets', () => {
    expect(lengthsOf({}, [{ data: new Uint8Array(0) }, { data: FRAME }])).toEqual(['1000002.0 0/0', '1000002.0 42/42']);
  });

  it.each([0x54000001, 0xf4000001, 0x08000001, 0x04000001])('masks what stands beside the link type: %d', (linkType) => {
    expect(contentsOf(pcapFile({ linkType }, [{ data: FRAME }])).records[0]?.linkType).toBe(1);
  });

  it.each([
    [{ major: 1, minor: 0 }, 'ERR_CAPTURE_FORMAT x.pcap: at octet 4: version 1.0 is not supported: 2.0 to 2.4 are'],
    [{ major: 2, minor: 5 }, 'ERR_CAPTURE_FORMAT x.pcap: at octet 4: version 2.5 is not supported: 2.0 to 2.4 are'],
    [{ major: 3, minor: 0 }, 'ERR_CAPTURE_FORMAT x.pcap: at octet 4: version 3.0 is not supported: 2.0 to 2.4 are'],
    [{ major: 543, minor: 1 }, 'ERR_CAPTURE_FORMAT x.pcap: at octet 4: version 543.1 is not supported: 2.0 to 2.4 are'],
    [{ linkType: 0x00300000 }, 'ERR_CAPTURE_FORMAT x.pcap: at octet 20: reserved bits of the link type are set (0x300000)'],
    [{ linkType: 9 }, 'ERR_LINK_TYPE x.pcap: at octet 0: link type PPP (9) cannot be decoded'],
    [{ linkType: 149 }, 'ERR_LINK_TYPE x.pcap: at octet 0: link type USER2 (149) cannot be decoded'],
    [{ linkType: 9999 }, 'ERR_LINK_TYPE x.pcap: at octet 0: link type 9999 cannot be decoded'],
    [{ magic: 0xa12b3c4d }, 'ERR_CAPTURE_FORMAT x.pcap: at octet 0: no capture: neither pcap nor pcapng'],
  ])('refuses %o', (shape, message) => {
    expect(refusal(pcapFile(shape, []))).toBe(message);
  });

  it('reads any link type when asked to', () => {
    expect(contentsOf(pcapFile({ linkType: 9 }, [{ data: FRAME }]), { anyLinkType: true }).records).toHaveLength(1);
  });

  it('refuses every shorter file header', () => {
    const whole = pcapFile({}, []);
    expect(refusal(whole)).toBe('opened');
    for (let length = 0; length < HEADER; length++)
      expect(refusal(whole.subarray(0, length))).toMatch(/^ERR_CAPTURE_TRUNCATED .* file header cut/);
  });

  it('delivers what is whole of every cut capture and says where the rest begins', () => {
    const second = HEADER + RECORD + FRAME.length;
    const whole = pcapFile({}, [{ data: FRAME }, { data: FRAME }]);
    for (let length = second; length < whole.length; length++) {
      const { records, damage } = contentsOf(whole.subarray(0, length));
      expect(records).toHaveLength(1);
      expect(damage).toBe(length === second ? null : `ERR_CAPTURE_TRUNCATED at ${second}`);
    }
  });

  it('takes a packet of the limit and not one octet more', () => {
    const limit = { data: new Uint8Array(262_144) };
    expect(contentsOf(pcapFile({}, [limit])).records).toHaveLength(1);
    const { records, damage } = contentsOf(pcapFile({}, [limit, { data: new Uint8Array(262_145) }, limit]));
    expect(records).toHaveLength(1);
    expect(damage).toBe(`ERR_CAPTURE_FORMAT at ${HEADER + RECORD + 262_144}`);
    expect(contentsOf(pcapFile({ snapLength: 0 }, [{ data: new Uint8Array(262_145) }]), { maxCaptured: 300_000 }).records[0]?.wire).toBe(
      262_145,
    );
  });

  it('does not believe a length of 4 GiB', () => {
    const { damage } = contentsOf(pcapFile({}, [{ data: FRAME, captured: 0xffffffff }]));
    expect(damage).toBe(`ERR_CAPTURE_FORMAT at ${HEADER}`);
  });
});
