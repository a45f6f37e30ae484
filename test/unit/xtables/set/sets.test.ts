import { describe, expect, it } from 'vitest';
import { Packet } from '../../../../src/packet/packet.ts';
import { listSets, parseSets, PLAIN_TEST, printSets, type SetStore } from '../../../../src/xtables/set/store.ts';
import { hexOf, ipPacket, TargetMachine } from '../../../support/target-machine.ts';

const SEC = 1e6;
const SRC = Uint8Array.of(1);
const DST = Uint8Array.of(0);

/** UDP 10.0.0.2:1000 -> 10.1.0.2:53 behind an Ethernet header, `second` seconds after the first packet. */
function packetAt(second: number): Packet {
  const ip = hexOf(ipPacket('4500001f000100003f1167c90a0000020a01000203e80035000b2354616263'));
  const packet = new Packet();
  packet.bytes = Uint8Array.from(Buffer.from(`0200000000010200000010020800${ip}`, 'hex'));
  packet.view = new DataView(packet.bytes.buffer);
  Object.assign(packet, {
    family: 4,
    link: 0,
    network: 14,
    networkLength: 31,
    headerLength: 20,
    protocol: 17,
    transport: 34,
    transportLength: 11,
  });
  Object.assign(packet, { src0: 0x0a000002, dst0: 0x0a010002, srcPort: 1000, dstPort: 53, nowUs: 1e15 + second * SEC });
  return packet;
}

function members(sets: SetStore): string[] {
  return printSets(sets)
    .split('\n')
    .filter((line) => line.startsWith('add '));
}

describe('timeouts', () => {
  it('run from the first packet, on the time of packets', () => {
    const set = parseSets('create s hash:ip timeout 10\nadd s 10.0.0.2').get('s')!;
    expect([0, 9, 10, 10.001, 11].map((second) => set.test(packetAt(second), SRC))).toEqual([true, true, true, false, false]);
  });

  it('never end for elements with 0', () => {
    const set = parseSets('create s hash:ip timeout 10\nadd s 10.0.0.2 timeout 0').get('s')!;
    expect(set.test(packetAt(0), SRC)).toBe(true);
    expect(set.test(packetAt(1e6), SRC)).toBe(true);
  });

  it('are set anew by adding again with exist, and not without', () => {
    const sets = parseSets('create s hash:ip timeout 10');
    const set = sets.get('s')!;
    expect(set.add(packetAt(0), SRC)).toBe(true);
    expect(set.add(packetAt(5), SRC)).toBe(false);
    expect(members(sets)).toEqual(['add s 10.0.0.2 timeout 5']);
    expect(set.add(packetAt(5), SRC, 7, true)).toBe(true);
    expect(members(sets)).toEqual(['add s 10.0.0.2 timeout 7']);
  });

  it('make an element that ran out new to add and nothing to delete', () => {
    const set = parseSets('create s hash:ip timeout 10\nadd s 10.0.0.2').get('s')!;
    set.test(packetAt(0), SRC);
    expect(set.del(packetAt(20), SRC)).toBe(false);
    expect(set.add(packetAt(20), SRC)).toBe(true);
    expect(set.test(packetAt(25), SRC)).toBe(true);
  });

  it('let a shorter prefix decide when the longer one ran out', () => {
    const set = parseSets('create s hash:net timeout 0\nadd s 10.0.0.0/8\nadd s 10.0.0.0/24 nomatch timeout 5').get('s')!;
    expect([0, 4, 6].map((second) => set.test(packetAt(second), SRC))).toEqual([false, false, true]);
  });

  it('of bitmap:ip,mac wait for the hardware address', () => {
    const sets = parseSets('create s bitmap:ip,mac range 10.0.0.0/24 timeout 10\nadd s 10.0.0.2');
    const set = sets.get('s')!;
    const flags = Uint8Array.of(1, 1);
    expect(members(sets)).toEqual(['add s 10.0.0.2 timeout 10']);
    set.test(packetAt(0), Uint8Array.of(0, 1));
    expect(set.test(packetAt(100), flags)).toBe(true);
    expect(members(sets)).toEqual(['add s 10.0.0.2,02:00:00:00:10:02 timeout 10']);
    expect(set.test(packetAt(109), flags)).toBe(true);
    expect(set.test(packetAt(111), flags)).toBe(false);
  });
});

describe('a full set', () => {
  it('refuses what is new and takes what is there', () => {
    const set = parseSets('create s hash:ip maxelem 1\nadd s 10.0.0.9').get('s')!;
    expect(set.add(packetAt(0), SRC)).toBe(false);
    expect(set.size).toBe(1);
  });

  it('makes room of what ran out', () => {
    const set = parseSets('create s hash:ip maxelem 1 timeout 5\nadd s 10.0.0.9').get('s')!;
    expect(set.add(packetAt(0), SRC)).toBe(false);
    expect(set.add(packetAt(6), SRC)).toBe(true);
  });

  it('with forceadd lets another element go', () => {
    const set = parseSets('create s hash:ip maxelem 2 forceadd\nadd s 10.0.0.8\nadd s 10.0.0.9').get('s')!;
    expect(set.add(packetAt(0), SRC)).toBe(true);
    expect([set.size, set.test(packetAt(0), SRC)]).toEqual([2, true]);
  });

  it('does not grow beyond what a store may hold', () => {
    const lines = Array.from({ length: 257 }, (_, i) => `create s${i} bitmap:port range 0-65535`);
    expect(() => parseSets(lines.join('\n'))).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }) as Error);
  });
});

/** Types the recording kernel does not have: text, words of the rule, whether the packet is in. */
const TYPES: readonly (readonly [text: string, flags: number[], found: boolean])[] = [
  ['create s hash:mac\nadd s 02:00:00:00:10:02', [1], true],
  ['create s hash:mac\nadd s 02:00:00:00:10:02', [0], false],
  ['create s hash:mac\nadd s 02:00:00:00:00:01', [0], true],
  ['create s hash:ip,mac\nadd s 10.0.0.2,02:00:00:00:10:02', [1, 1], true],
  ['create s hash:ip,mac\nadd s 10.0.0.2,02:00:00:00:10:03', [1, 1], false],
  ['create s hash:ip,mac\nadd s 10.1.0.2,02:00:00:00:10:02', [0, 1], true],
  ['create s hash:ip,mark\nadd s 10.0.0.2,0', [1, 1], true],
  ['create s hash:ip,mark\nadd s 10.0.0.2,1', [1, 1], false],
  ['create s hash:ip,mark markmask 0xf0\nadd s 10.0.0.2,0x0f', [1, 1], true],
  ['create s hash:net,net\nadd s 10.0.0.0/8,10.1.0.0/16', [1, 0], true],
  ['create s hash:net,net\nadd s 10.0.0.0/8,10.2.0.0/16', [1, 0], false],
  ['create s hash:net,net\nadd s 10.0.0.0/8,0.0.0.0/0\nadd s 10.0.0.0/24,10.1.0.0/24 nomatch', [1, 0], false],
  ['create s hash:net,net\nadd s 10.0.0.0/8,10.1.0.2 nomatch\nadd s 10.0.0.0/24,10.1.0.0/24', [1, 0], true],
  ['create s hash:net,port,net\nadd s 10.0.0.0/8,udp:53,10.1.0.0/16', [1, 0, 0], true],
  ['create s hash:net,port,net\nadd s 10.0.0.0/8,udp:54,10.1.0.0/16', [1, 0, 0], false],
  ['create s hash:net,port,net\nadd s 0.0.0.0/0,udp:1000,0.0.0.0/0', [1, 1, 0], true],
];

describe('types that are not in every kernel', () => {
  it.each(TYPES)('%j asked %j: %s', (text, flags, found) => {
    expect(parseSets(text).get('s')!.test(packetAt(0), Uint8Array.from(flags))).toBe(found);
  });

  it.each(TYPES)('print as they are read: %j', (text) => {
    const printed = printSets(parseSets(text));
    expect(printSets(parseSets(printed))).toBe(printed);
  });
});

describe('a set in a rule', () => {
  it('is not asked with fewer words than dimensions, nor by the other family', () => {
    const sets = parseSets('create p hash:ip,port\nadd p 10.0.0.2,udp:53\ncreate six hash:net family inet6\nadd six ::/1');
    expect(sets.get('p')!.test(packetAt(0), SRC)).toBe(false);
    expect(sets.get('six')!.test(packetAt(0), SRC)).toBe(false);
    expect(sets.get('six')!.add(packetAt(0), SRC)).toBe(false);
  });

  it('counts its references', () => {
    const sets = parseSets('create s hash:ip\ncreate l list:set\nadd l s');
    const machine = new TargetMachine(4, { sets });
    machine.target('-j SET --add-set s src --del-set s dst');
    expect(listSets(sets).match(/References: \d/g)).toEqual(['References: 3', 'References: 0']);
  });

  it('keeps its place in a list when sets are swapped', () => {
    const sets = parseSets('create a hash:ip\ncreate b hash:ip\nadd b 10.0.0.2\ncreate l list:set\nadd l a\nswap a b');
    expect(sets.get('l')!.test(packetAt(0), SRC)).toBe(true);
    expect(members(sets)).toEqual(['add a 10.0.0.2', 'add l a']);
  });

  it("does not compare the counters of a list's members, only the list's own", () => {
    const sets = parseSets('create s hash:ip counters\nadd s 10.0.0.2\ncreate l list:set\nadd l s\ncreate c list:set counters\nadd c s');
    const many = { ...PLAIN_TEST, packets: { op: 'gt', value: 1000 } } as const;
    expect(['s', 'l', 'c'].map((name) => sets.get(name)!.test(packetAt(0), SRC, many))).toEqual([false, true, false]);
  });

  it('may have any name', () => {
    const sets = parseSets('create __proto__ hash:ip\nadd __proto__ 10.0.0.2');
    expect(sets.get('__proto__')!.test(packetAt(0), SRC)).toBe(true);
    expect(sets.get('constructor')).toBeUndefined();
  });

  it('does not find an address of the wrong side', () => {
    const set = parseSets('create s hash:ip\nadd s 10.0.0.2').get('s')!;
    expect([set.test(packetAt(0), SRC), set.test(packetAt(0), DST)]).toEqual([true, false]);
  });
});

describe('refusals', () => {
  it.each([
    ['create s hash:ip\nadd s 10.0.0.1/33', 'sets:2:7', '/33', "'33' is out of range 0-32"],
    ['create s hash:ip\n\nadd t 10.0.0.1', 'sets:3:5', 't', 'the set with the given name does not exist'],
    ['create s hash:ip family inet5', 'sets:1:25', 'inet5', 'unknown INET family inet5'],
    [
      'create s hash:ip\nadd s 10.0.0.1 timeout 5',
      'sets:2:16',
      'timeout',
      'timeout cannot be used: set was created without timeout support',
    ],
    ['create s hash:ip comment\nadd s 1.1.1.1 comment "x', 'sets:2:23', '"', 'this quote is not closed'],
  ])('%j at %s', (text, place, _, reason) => {
    expect(() => parseSets(text, 'sets')).toThrow(expect.objectContaining({ code: 'ERR_SET', message: `${place}: ${reason}` }) as Error);
  });
});
