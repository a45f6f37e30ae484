/** What is accepted and refused was recorded from tcpdump 4.99.3 with libpcap 1.10.3, but for the rows that say otherwise. */
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { block, blocks, join, octetsOf, option, text } from '../../support/capture-octets.ts';
import { contentsOf } from '../../support/capture-records.ts';

const FRAME = Uint8Array.from({ length: 42 }, (_, i) => i);
const LE = blocks(true);
const BE = blocks(false);
const START = [LE.section(), LE.device()];
/** Octets of section header and interface description. */
const FIRST = 28 + 20;

function timesOf(...parts: readonly Uint8Array[]): string[] {
  return contentsOf(join(parts)).records.map(({ us, ns }) => `${us}.${ns}`);
}

function damageOf(...parts: readonly Uint8Array[]): string {
  const capture = openCapture(join(parts), { name: 'x' });
  const { records } = contentsOf(capture);
  return `${records.length} ${capture.damage?.code ?? 'none'} ${capture.damage?.message ?? ''}`;
}

function refusal(...parts: readonly Uint8Array[]): string {
  try {
    openCapture(join(parts), { name: 'x' });
  } catch (error) {
    if (error instanceof CaptureError) return error.message;
    throw error;
  }
  return 'opened';
}

describe('PcapngReader', () => {
  it('reads enhanced, old and simple packet blocks', () => {
    const { records } = contentsOf(join([...START, LE.enhanced({ data: FRAME }), LE.old(FRAME, 0), LE.simple(FRAME)]));
    const octets = Buffer.from(FRAME).toString('hex');
    expect(records).toHaveLength(3);
    for (const record of records)
      expect(record).toMatchObject({ us: 21_474_836_736, ns: 0, octets, wire: 42, linkType: 1, interfaceId: 0 });
  });

  it('gives a simple packet block the time of the packet before it', () => {
    expect(timesOf(...START, LE.simple(FRAME), LE.enhanced({ data: FRAME, high: 0, low: 9 }), LE.simple(FRAME))).toEqual([
      '0.0',
      '9.0',
      '9.0',
    ]);
  });

  it('cuts simple packet blocks to the snap length, enhanced ones not (libpcap refuses the latter)', () => {
    const octets = join([LE.section(), LE.device(1, 20), LE.simple(FRAME.subarray(0, 20), 42), LE.enhanced({ data: FRAME })]);
    expect(contentsOf(octets).records.map(({ octets: hex, wire }) => [hex.length / 2, wire])).toEqual([
      [20, 42],
      [42, 42],
    ]);
  });

  it('reads sections of both byte orders in one file (libpcap does not)', () => {
    expect(
      timesOf(
        ...START,
        LE.enhanced({ data: FRAME }),
        BE.section(),
        BE.device(),
        BE.enhanced({ data: FRAME }),
        ...START,
        LE.enhanced({ data: FRAME }),
      ),
    ).toHaveLength(3);
  });

  it('numbers interfaces through, and anew for the packets of each section', () => {
    const named = (name: string): Uint8Array => LE.device(1, 0, option(true, 2, text(name)));
    const octets = join([
      LE.section(),
      named('eth0'),
      named('eth1'),
      LE.enhanced({ data: FRAME, device: 1 }),
      LE.section(),
      named('wan'),
      LE.enhanced({ data: FRAME }),
    ]);
    const capture = openCapture(octets);
    expect(capture.linkType).toBe(-1);
    expect(contentsOf(capture).records.map(({ interfaceId, interfaceName }) => `${interfaceId} ${interfaceName}`)).toEqual([
      '1 eth1',
      '2 wan',
    ]);
    expect(capture.interfaces.map(({ id, name, snapLength }) => [id, name, snapLength])).toEqual([
      [0, 'eth0', 262144],
      [1, 'eth1', 262144],
      [2, 'wan', 262144],
    ]);
  });

  it('reads comments, several as lines, and none where the options leave the block', () => {
    const end = option(true, 0, new Uint8Array(0));
    const two = join([
      option(true, 1, text('über')),
      option(true, 4, text('skip')),
      option(true, 1, text('two')),
      end,
      option(true, 1, text('behind the end')),
    ]);
    const lie = option(true, 1, text('four'), 5);
    const octets = join([
      ...START,
      LE.enhanced({ data: FRAME, options: two }),
      LE.enhanced({ data: FRAME }),
      LE.enhanced({ data: FRAME, options: lie }),
    ]);
    expect(contentsOf(octets).records.map(({ comment }) => comment)).toEqual(['über\ntwo', null, null]);
  });

  it('does not give a simple packet block the comment of the packet before it', () => {
    const octets = join([...START, LE.enhanced({ data: FRAME, options: option(true, 1, text('mine')) }), LE.simple(FRAME)]);
    expect(contentsOf(octets).records.map(({ comment }) => comment)).toEqual(['mine', null]);
  });

  it('skips unknown blocks of any size', () => {
    const large = block(true, 0x999, new Uint8Array(3_000_000));
    expect(timesOf(LE.section(), large, LE.device(), large, LE.enhanced({ data: FRAME }), large)).toHaveLength(1);
  });

  it('leaves out packets of interfaces that cannot be decoded, and tells so at the end', () => {
    const mixed = [
      LE.section(),
      LE.device(9),
      LE.device(101),
      LE.enhanced({ data: FRAME }),
      LE.enhanced({ data: FRAME, device: 1 }),
      LE.simple(FRAME),
    ];
    expect(damageOf(...mixed)).toBe(
      '1 ERR_LINK_TYPE x: at octet 68: 2 packets from here on were left out: link type PPP (9) cannot be decoded',
    );
    expect(contentsOf(join(mixed), { anyLinkType: true }).records.map(({ linkType }) => linkType)).toEqual([9, 101, 9]);
  });

  it('does not mind an interface that cannot be decoded and has no packets', () => {
    expect(damageOf(LE.section(), LE.device(), LE.device(9), LE.enhanced({ data: FRAME }))).toBe('1 none ');
  });

  it.each([
    [
      'no interface at all',
      [LE.section(), LE.enhanced({ data: FRAME })],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: packet of interface 0, of which there is no description (0 are described)',
    ],
    [
      'an interface that is not there',
      [...START, LE.enhanced({ data: FRAME, device: 1 })],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: packet of interface 1, of which there is no description (1 are described)`,
    ],
    [
      'interfaces of the section before',
      [...START, LE.section(), LE.old(FRAME, 0)],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST + 28}: packet of interface 0, of which there is no description (0 are described)`,
    ],
    [
      'more captured octets than the block',
      [...START, LE.enhanced({ data: FRAME, captured: 46 })],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: block of 76 octets is too short for what it says it holds`,
    ],
    [
      'more captured octets than the limit',
      [...START, LE.enhanced({ data: FRAME, captured: 262_145 })],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: packet of 262145 captured octets: more than the limit of 262144`,
    ],
    [
      'a simple block that is too short',
      [...START, LE.simple(FRAME, 100)],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: block of 60 octets is too short for what it says it holds`,
    ],
    [
      'a packet block without room for its header',
      [...START, block(true, 6, new Uint8Array(16))],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: block of 28 octets is too short for what it says it holds`,
    ],
    [
      'another length behind than in front',
      [...START, LE.enhanced({ data: FRAME }), LE.enhanced({ data: FRAME, trailer: 99 })],
      `1 ERR_CAPTURE_FORMAT x: at octet ${FIRST + 76}: block lengths in front and behind differ`,
    ],
    [
      'the same in a block that is skipped',
      [...START, block(true, 0x999, new Uint8Array(8), { trailer: 99 })],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: block lengths in front and behind differ`,
    ],
    [
      'an odd length',
      [...START, LE.enhanced({ data: FRAME, length: 77 })],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: block length 77: not a multiple of 4 from 12 on`,
    ],
    [
      'a length below the header',
      [...START, LE.enhanced({ data: FRAME, length: 8 })],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: block length 8: not a multiple of 4 from 12 on`,
    ],
    [
      'a length of 4 GiB',
      [...START, LE.enhanced({ data: FRAME, length: 0xfffffff0 })],
      `0 ERR_LIMIT x: at octet ${FIRST}: block of 4294967280 octets: more than the limit of 524288`,
    ],
    [
      'a short interface description',
      [LE.section(), block(true, 1, new Uint8Array(4))],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: interface description of 16 octets: too short',
    ],
    [
      'an interface option that leaves its block',
      [LE.section(), LE.device(1, 0, option(true, 2, text('eth0'), 100))],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: option 2 of an interface description leaves its block',
    ],
    [
      'a unit of 10^-20 s',
      [LE.section(), LE.device(1, 0, option(true, 9, Uint8Array.of(20)))],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: if_tsresol 0x14: the unit is too fine',
    ],
    [
      'a unit of 2^-64 s',
      [LE.section(), LE.device(1, 0, option(true, 9, Uint8Array.of(0xc0)))],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: if_tsresol 0xc0: the unit is too fine',
    ],
    [
      'two octets of unit',
      [LE.section(), LE.device(1, 0, option(true, 9, Uint8Array.of(6, 0)))],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: if_tsresol of 2 octets: 1 expected',
    ],
    [
      'four octets of offset',
      [LE.section(), LE.device(1, 0, option(true, 14, new Uint8Array(4)))],
      '0 ERR_CAPTURE_FORMAT x: at octet 28: if_tsoffset of 4 octets: 8 expected',
    ],
    [
      'a second section of version 2.0',
      [...START, LE.section([2, 0])],
      `0 ERR_CAPTURE_FORMAT x: at octet ${FIRST}: pcapng version 2.0 is not supported: 1.0 is`,
    ],
  ])('ends at %s', (_, parts, expected) => {
    expect(damageOf(...parts)).toBe(expected);
  });

  it('refuses a first section of another version or without its mark', () => {
    expect(refusal(LE.section([1, 1]))).toBe('x: at octet 0: pcapng version 1.1 is not supported: 1.0 is');
    expect(refusal(block(true, 0x0a0d0d0a, octetsOf(true, [32, 0x11223344], [32, 1], [32, 0], [32, 0])))).toBe(
      'x: at octet 0: section header without byte-order mark',
    );
    expect(refusal(LE.section([1, 2]), LE.device())).toBe('opened');
  });

  it('delivers what is whole of every cut capture and says where the rest begins', () => {
    const second = FIRST + 76;
    const skipped = block(true, 0x999, new Uint8Array(16));
    const whole = join([...START, LE.enhanced({ data: FRAME }), skipped]);
    for (let length = second; length < whole.length; length++) {
      const { records, damage } = contentsOf(whole.subarray(0, length));
      expect(records).toHaveLength(1);
      expect(damage).toBe(length === second ? null : `ERR_CAPTURE_TRUNCATED at ${second}`);
    }
  });

  it('bounds the number of interfaces', () => {
    const many = new Uint8Array(65_537 * 20);
    for (let i = 0; i < 65_537; i++) many.set(LE.device(), i * 20);
    expect(damageOf(LE.section(), many)).toBe(`0 ERR_LIMIT x: at octet ${28 + 65_536 * 20}: more than 65536 interfaces`);
  });
});

describe('timestamps of an interface', () => {
  /** 64 bits 0x00000005_00000100 read in each unit; nanoseconds by tcpdump --time-stamp-precision=nano, where it does not overflow. */
  it.each([
    [0x03, '21474836736000.0'],
    [0x06, '21474836736.0'],
    [0x07, '2147483673.600'],
    [0x09, '21474836.736'],
    [0x0c, '21474.836'],
    [0x0f, '21.474'],
    [0x12, '0.21'],
    [0x13, '0.2'],
    [0x8a, '20971520250000.0'],
    [0x94, '20480000244.140'],
    [0x9e, '20000000.238'],
    [0xa0, '5000000.59'],
    [0xa8, '19531.250'],
    [0xbf, '0.2'],
  ])('unit 0x%s', (resolution, expected) => {
    expect(timesOf(LE.section(), LE.device(1, 0, option(true, 9, Uint8Array.of(resolution))), LE.enhanced({ data: FRAME }))).toEqual([
      expected,
    ]);
  });

  it('adds the offset, which may be negative', () => {
    const offset = (high: number, low: number): Uint8Array => option(true, 14, octetsOf(true, [32, low], [32, high]));
    const read = (options: Uint8Array): string[] => timesOf(LE.section(), LE.device(1, 0, options), LE.enhanced({ data: FRAME }));
    expect(read(offset(0, 1000))).toEqual(['22474836736.0']);
    expect(read(offset(0xffffffff, -1000 >>> 0))).toEqual(['20474836736.0']);
  });

  it('keeps to what a double holds', () => {
    const all = LE.enhanced({ data: FRAME, high: 0xffffffff, low: 0xffffffff });
    expect(timesOf(...START, all)).toEqual([`${Number.MAX_SAFE_INTEGER}.0`]);
    const back = option(true, 14, octetsOf(true, [32, 0], [32, 0x80000000]));
    expect(timesOf(LE.section(), LE.device(1, 0, back), LE.enhanced({ data: FRAME }))).toEqual(['0.0']);
  });
});
