/**
 * quota: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answers, checkTexts } from '../../../support/match-lab.ts';

describe('text of quota', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m quota --quota 0x10', '-m quota --quota 16', 'quota: 16 bytes'],
    ['-m quota --quota 1 --quota 2', 'FAIL', 'quota: option "--quota" can only be used once'],
    ['-m quota ! --quota 100', '=', 'quota: 100 bytes'],
    ['-m quota --quota abc', 'FAIL', 'quota: bad value for option "--quota", or out of range (0-18446744073709551615)'],
  ]);
});

describe('answers of quota', () => {
  const of = (payload: number): Packet => packetOf(ipv4({ protocol: 47 }, new Uint8Array(payload)));

  it('lasts for its octets of IP, and a packet too large ends it for smaller ones', () => {
    expect(answers('-m quota --quota 100', [of(20), of(20), of(10), of(0), of(0)])).toEqual([true, true, false, false, false]);
    expect(answers('-m quota ! --quota 100', [of(20), of(20), of(10), of(0)])).toEqual([false, false, true, true]);
  });

  it('may be used up to the last octet, and hold for ever', () => {
    expect(answers('-m quota --quota 40', [of(20), of(0)])).toEqual([true, false]);
    expect(answers('-m quota --quota 18446744073709551615', [of(20), of(60)])).toEqual([true, true]);
    expect(answers('-m quota --quota 0', [of(0)])).toEqual([false]);
  });
});
