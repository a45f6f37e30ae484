import { describe, expect, it } from 'vitest';
import { Ipv4Option, Ipv4Options } from '../../../src/wire/ipv4-options.ts';
import { Ipv6Option, Ipv6Options } from '../../../src/wire/ipv6-options.ts';
import { NdOption, NdOptions } from '../../../src/wire/nd-options.ts';
import { SctpChunk, SctpChunks, SctpView } from '../../../src/wire/sctp.ts';
import { TcpOption, TcpOptions } from '../../../src/wire/tcp-options.ts';

const viewOf = (...bytes: readonly number[]): DataView => new DataView(Uint8Array.from(bytes).buffer);

describe('TcpOptions', () => {
  const view = viewOf(
    1,
    1,
    2,
    4,
    0x05,
    0xb4,
    3,
    3,
    7,
    4,
    2,
    8,
    10,
    0,
    0,
    0,
    9,
    0xff,
    0xff,
    0xff,
    0xff,
    5,
    10,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    2,
    99,
    3,
    1,
    0,
    2,
    4,
  );

  it('shows every option in its order, unknown ones too, and stops at the end of the list', () => {
    const options = new TcpOptions().at(view, 0, view.byteLength);
    const seen: number[] = [];
    while (options.next()) {
      seen.push(options.kind);
      if (options.kind === TcpOption.Mss) expect(options.mss).toBe(1460);
      if (options.kind === TcpOption.WindowScale) expect(options.windowScale).toBe(7);
      if (options.kind === TcpOption.Timestamps) expect([options.timestamp, options.timestampEcho]).toEqual([9, 0xffffffff]);
      if (options.kind === TcpOption.Sack) expect([options.sackCount, options.sackLeft(0), options.sackRight(0)]).toEqual([1, 1, 2]);
    }
    expect(seen).toEqual([2, 3, 4, 8, 5, 99]);
    expect(options.malformed).toBe(false);
    expect(options.kind).toBe(0);
  });

  it('writes the fields it reads', () => {
    const copy = new DataView(view.buffer.slice(0));
    const options = new TcpOptions().at(copy, 0, copy.byteLength);
    while (options.next()) {
      if (options.kind === TcpOption.Mss) options.mss = 536;
      if (options.kind === TcpOption.Timestamps) {
        options.timestamp = 0x80000000;
        options.timestampEcho = 3;
      }
      if (options.kind === TcpOption.Sack) options.setSack(0, 0xfffffff0, 5);
    }
    expect([copy.getUint16(4), copy.getUint32(13), copy.getUint32(17), copy.getUint32(23), copy.getUint32(27)]).toEqual([
      536, 0x80000000, 3, 0xfffffff0, 5,
    ]);
  });

  it.each([
    ['a length of 1', [2, 1, 0, 0]],
    ['a length of 0', [2, 0]],
    ['a length beyond the end', [2, 5, 0, 0]],
    ['a kind without length', [1, 1, 1, 2]],
  ] as const)('is malformed by %s', (_, bytes) => {
    const options = new TcpOptions().at(viewOf(...bytes), 0, bytes.length);
    expect(options.next()).toBe(false);
    expect(options.malformed).toBe(true);
    expect(options.next()).toBe(false);
  });

  it('does not look beyond the end it was given', () => {
    const options = new TcpOptions().at(viewOf(1, 2, 4, 5, 0xb4), 0, 4);
    expect([options.next(), options.malformed, options.offset]).toEqual([false, true, 1]);
    expect(options.at(viewOf(2, 4, 5, 0xb4), 0, 4).next()).toBe(true);
  });
});

describe('Ipv4Options', () => {
  it('shows the addresses of a record route', () => {
    const view = viewOf(7, 11, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0);
    const options = new Ipv4Options().at(view, 0, 12);
    expect(options.next()).toBe(true);
    expect([options.kind, options.pointer, options.addressCount, options.address(0)]).toEqual([Ipv4Option.RecordRoute, 8, 2, 0x0a000001]);
    expect(options.copied).toBe(false);
    options.setAddress(1, -2);
    options.pointer = 12;
    expect([view.getInt32(7), view.getUint8(2)]).toEqual([-2, 12]);
    expect(options.next()).toBe(false);
  });

  it('shows flags and overflow of a timestamp', () => {
    const options = new Ipv4Options().at(viewOf(68, 8, 5, 0x31, 0, 0, 0, 0), 0, 8);
    options.next();
    expect([options.kind, options.overflow, options.flags]).toEqual([Ipv4Option.Timestamp, 3, 1]);
    options.at(viewOf(148, 4, 0, 0), 0, 4).next();
    expect(options.copied).toBe(true);
  });
});

describe('Ipv6Options', () => {
  it('shows paddings and what an unknown option asks for', () => {
    const view = viewOf(0, 1, 2, 0, 0, 5, 2, 0, 9, 0xc2, 4, 0, 1, 0, 0);
    const options = new Ipv6Options().at(view, 0, view.byteLength);
    const seen: string[] = [];
    while (options.next())
      seen.push(`${options.type}/${options.length}/${options.action}/${options.length > 3 && options.type > 1 ? options.value : ''}`);
    expect(seen).toEqual(['0/1/0/', '1/4/0/', '5/4/0/9', '194/6/3/65536']);
    expect(Ipv6Option.Jumbo).toBe(194);
  });

  it('is malformed by a length beyond the end and by a type without length', () => {
    for (const bytes of [[5, 3, 0, 0], [5]]) {
      const options = new Ipv6Options().at(viewOf(...bytes), 0, bytes.length);
      expect([options.next(), options.malformed]).toEqual([false, true]);
    }
  });
});

describe('NdOptions', () => {
  it('counts lengths in 8 octets', () => {
    const view = viewOf(1, 1, 2, 0, 0, 0, 0, 9, 5, 1, 0, 0, 0, 0, 0x05, 0xdc);
    const options = new NdOptions().at(view, 0, 16);
    expect([options.next(), options.type, options.linkAddressOffset]).toEqual([true, NdOption.SourceLinkAddress, 2]);
    expect([options.next(), options.type, options.mtu]).toEqual([true, NdOption.Mtu, 1500]);
    expect([options.next(), options.malformed]).toEqual([false, false]);
  });

  it('is malformed by a length of 0', () => {
    const options = new NdOptions().at(viewOf(1, 0, 0, 0, 0, 0, 0, 0), 0, 8);
    expect([options.next(), options.malformed]).toEqual([false, true]);
  });
});

describe('SctpChunks', () => {
  it('passes over the padding between chunks', () => {
    const view = viewOf(4, 0, 0, 5, 0xaa, 0, 0, 0, 1, 0, 0, 20, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const chunks = new SctpChunks().at(view, 0, view.byteLength);
    expect([chunks.next(), chunks.type, chunks.length]).toEqual([true, SctpChunk.Heartbeat, 5]);
    expect([chunks.next(), chunks.type, chunks.initiateTag]).toEqual([true, SctpChunk.Init, 7]);
    expect([chunks.next(), chunks.malformed]).toEqual([false, false]);
  });

  it.each([[[1, 0, 0, 3]], [[1, 0, 0, 8]], [[1, 0]]])('is malformed by %j', (bytes) => {
    const chunks = new SctpChunks().at(viewOf(...bytes), 0, bytes.length);
    expect([chunks.next(), chunks.malformed]).toEqual([false, true]);
  });
});

describe('SctpView', () => {
  /** COOKIE ACK of a real association: packet 4 of forces2.pcap in tcpdump's tests. */
  const view = viewOf(0x1a, 0x30, 0x84, 0xc1, 0x94, 0xd0, 0x21, 0x98, 0x25, 0xb1, 0x6a, 0x4b, 0x0b, 0, 0, 4);

  it('reads the checksum in little-endian order and computes the one the sender did', () => {
    const sctp = new SctpView().at(view, 0);
    expect(sctp.checksum).toBe(0x4b6ab125);
    expect(sctp.checksumWord).toBe(0x25b16a4b);
    expect(sctp.computeChecksum(16)).toBe(0x4b6ab125);
  });

  it('writes it in the same order', () => {
    const copy = new DataView(view.buffer.slice(0));
    new SctpView().at(copy, 0).checksum = 0x01020304;
    expect(copy.getUint32(8)).toBe(0x04030201);
  });
});
