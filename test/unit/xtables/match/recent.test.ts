/**
 * recent: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { answerOf, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of recent', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m recent --set --name foo --rdest --mask 255.255.255.0', '-m recent --set --name foo --mask 255.255.255.0 --rdest', 'recent: SET name: foo side: dest mask: 255.255.255.0'],
    ['-m recent --set --name foo --mask 24', '-m recent --set --name foo --mask 0.0.0.24 --rsource', 'recent: SET name: foo side: source mask: 0.0.0.24'],
    ['-m recent ! --set --name foo', '-m recent ! --set --name foo --mask 255.255.255.255 --rsource', '! recent: SET name: foo side: source mask: 255.255.255.255'],
    ['-m recent --rcheck --seconds 60 --hitcount 4 --rttl --name SSH --rsource', '-m recent --rcheck --seconds 60 --hitcount 4 --rttl --name SSH --mask 255.255.255.255 --rsource', 'recent: CHECK seconds: 60 hit_count: 4 TTL-Match name: SSH side: source mask: 255.255.255.255'],
    ['-m recent --update --seconds 60 --reap --name SSH', '-m recent --update --seconds 60 --reap --name SSH --mask 255.255.255.255 --rsource', 'recent: UPDATE seconds: 60 reap name: SSH side: source mask: 255.255.255.255'],
    ['-m recent --rcheck --reap --name SSH', 'FAIL', 'recent: option "--reap" also requires "--seconds"'],
    ['-m recent --reap --name SSH', 'FAIL', "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"],
    ['-m recent --remove --name SSH', '-m recent --remove --name SSH --mask 255.255.255.255 --rsource', 'recent: REMOVE name: SSH side: source mask: 255.255.255.255'],
    ['-m recent ! --remove --name SSH', '-m recent ! --remove --name SSH --mask 255.255.255.255 --rsource', '! recent: REMOVE name: SSH side: source mask: 255.255.255.255'],
    ['-m recent ! --rcheck --hitcount 5 --name SSH', '-m recent ! --rcheck --hitcount 5 --name SSH --mask 255.255.255.255 --rsource', '! recent: CHECK hit_count: 5 name: SSH side: source mask: 255.255.255.255'],
    ['-m recent --set --seconds 5', 'FAIL', 'recent: "--set" takes neither --seconds, --hitcount, --reap nor --rttl'],
    ['-m recent --set --hitcount 5', 'FAIL', 'recent: "--set" takes neither --seconds, --hitcount, --reap nor --rttl'],
    ['-m recent --set --rttl', 'FAIL', 'recent: option "--set" cannot be used together with "--rttl"'],
    ['-m recent --remove --seconds 5', 'FAIL', 'recent: "--remove" takes neither --seconds, --hitcount, --reap nor --rttl'],
    ['-m recent --update --seconds 0', 'FAIL', 'recent: bad value for option "--seconds", or out of range (1-4294967295)'],
    ['-m recent --update --hitcount 0', '-m recent --update --name DEFAULT --mask 255.255.255.255 --rsource', 'recent: UPDATE name: DEFAULT side: source mask: 255.255.255.255'],
    ['-m recent --update --hitcount 65535', '-m recent --update --hitcount 65535 --name DEFAULT --mask 255.255.255.255 --rsource', 'recent: UPDATE hit_count: 65535 name: DEFAULT side: source mask: 255.255.255.255'],
    ['-m recent --update --hitcount 256', '-m recent --update --hitcount 256 --name DEFAULT --mask 255.255.255.255 --rsource', 'recent: UPDATE hit_count: 256 name: DEFAULT side: source mask: 255.255.255.255'],
    ['-m recent --update --hitcount 65535 --name Z', '-m recent --update --hitcount 65535 --name Z --mask 255.255.255.255 --rsource', 'recent: UPDATE hit_count: 65535 name: Z side: source mask: 255.255.255.255'],
    ['-m recent --set --update', 'FAIL', 'recent: option "--set" cannot be used together with "--update"'],
    ['-m recent --rcheck --rcheck', 'FAIL', 'recent: option "--rcheck" can only be used once'],
    ['-m recent', 'FAIL', "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"],
    ['-m recent --name foo', 'FAIL', "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"],
    ['-m recent --set --name ""', 'FAIL', 'recent: "" cannot name a list'],
    ['-m recent --set --name "a b"', '-m recent --set --name a b --mask 255.255.255.255 --rsource', 'recent: SET name: a b side: source mask: 255.255.255.255'],
    ['-m recent --set --name a/b', 'FAIL', 'recent: "a/b" cannot name a list'],
    ['-m recent --set --name 12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345', '-m recent --set --name 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 --mask 255.255.255.255 --rsource', 'recent: SET name: 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 side: source mask: 255.255.255.255'],
    ['-m recent --set --name 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789', '-m recent --set --name 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 --mask 255.255.255.255 --rsource', 'recent: SET name: 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 side: source mask: 255.255.255.255'],
    ['-m recent --rcheck --seconds 60 --seconds 5', 'FAIL', 'recent: option "--seconds" can only be used once'],
    ['-m recent --rcheck --seconds 0x10', '-m recent --rcheck --seconds 16 --name DEFAULT --mask 255.255.255.255 --rsource', 'recent: CHECK seconds: 16 name: DEFAULT side: source mask: 255.255.255.255'],
    ['-m recent --rcheck --seconds 4294967296', 'FAIL', 'recent: bad value for option "--seconds", or out of range (1-4294967295)'],
    ['-m recent --rcheck --seconds -1', 'FAIL', 'recent: bad value for option "--seconds", or out of range (1-4294967295)'],
    ['-m recent --rcheck --seconds abc', 'FAIL', 'recent: bad value for option "--seconds", or out of range (1-4294967295)'],
    ['-m recent --set --mask 255.0.255.0', '-m recent --set --name DEFAULT --mask 255.0.255.0 --rsource', 'recent: SET name: DEFAULT side: source mask: 255.0.255.0'],
    ['-m recent --set --mask foo', 'FAIL', 'recent: "foo" is no mask'],
    ['-m recent --set --mask ffff::', 'FAIL', 'recent: "ffff::" is no mask'],
    ['-m recent --set --rsource --rdest', '-m recent --set --name DEFAULT --mask 255.255.255.255 --rdest', 'recent: SET name: DEFAULT side: dest mask: 255.255.255.255'],
    ['-m recent --set --rsource --rsource', 'FAIL', 'recent: option "--rsource" can only be used once'],
    ['-m recent --update --reap --seconds 1 --hitcount 3', '-m recent --update --seconds 1 --reap --hitcount 3 --name DEFAULT --mask 255.255.255.255 --rsource', 'recent: UPDATE seconds: 1 reap hit_count: 3 name: DEFAULT side: source mask: 255.255.255.255'],
    ['-m recent --rcheck --rttl --hitcount 3', '-m recent --rcheck --hitcount 3 --rttl --name DEFAULT --mask 255.255.255.255 --rsource', 'recent: CHECK hit_count: 3 TTL-Match name: DEFAULT side: source mask: 255.255.255.255'],
    ['-m recent --set --name x --name y', 'FAIL', 'recent: option "--name" can only be used once'],
  ]);
});

describe('text of recent (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m recent --set --mask ffff:ffff::', '-m recent --set --name DEFAULT --mask ffff:ffff:: --rsource', 'recent: SET name: DEFAULT side: source mask: ffff:ffff::'],
    ['-m recent --set --mask 64', 'FAIL', 'recent: "64" is no mask'],
    ['-m recent --update --rttl --seconds 4 --hitcount 20', '-m recent --update --seconds 4 --hitcount 20 --rttl --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource', 'recent: UPDATE seconds: 4 hit_count: 20 TTL-Match name: DEFAULT side: source mask: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ], { family: 6 });
});

/** IPv4 packets from 10.0.0.`host` at a second, on their way from device 1 to none or another. */
const from = (host: number, second = 0, set: Partial<Packet> = {}): Packet =>
  packetOf(ipv4({ src: `10.0.0.${host}`, dst: '10.0.1.1', ttl: 64 }), { nowUs: 1.7e15 + second * 1e6, indev: 1, ...set });

/** Several rules that share their lists, asked in turn. */
class Lists {
  private readonly made = new Map<string, unknown>();
  readonly services = {
    shared: <T>(kind: string, name: string, make: () => T): T => {
      const key = `${kind} ${name}`;
      if (!this.made.has(key)) this.made.set(key, make());
      return this.made.get(key) as T;
    },
  };

  rule(text: string, family: 4 | 6 = 4): (packet: Packet) => unknown {
    const match = matchOf(`-m recent ${text}`, this.services, { family });
    return (packet) => answerOf(match, packet);
  }
}

describe('answers of recent', () => {
  it('knows an address once --set saw it', () => {
    const lists = new Lists();
    const [set, rcheck, not] = [lists.rule('--set'), lists.rule('--rcheck'), lists.rule('! --rcheck')];
    expect([rcheck(from(1)), not(from(1)), set(from(1)), rcheck(from(1)), not(from(1)), rcheck(from(2))]).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('counts hits: --hitcount 3 holds from the third stamp on', () => {
    const lists = new Lists();
    const [set, check] = [lists.rule('--set'), lists.rule('--rcheck --hitcount 3')];
    const seen = [1, 2, 3, 4].map(() => [set(from(1)), check(from(1))][1]);
    expect(seen).toEqual([false, false, true, true]);
  });

  it('counts the stamps of the last seconds, both ends included', () => {
    const lists = new Lists();
    const [set, check] = [lists.rule('--set'), lists.rule('--rcheck --seconds 10 --hitcount 2')];
    set(from(1, 0));
    set(from(1, 5));
    expect([check(from(1, 10)), check(from(1, 10.004)), check(from(1, 16))]).toEqual([true, false, false]);
  });

  it('--update adds a stamp only where it holds', () => {
    const lists = new Lists();
    const [set, update, two] = [lists.rule('--set'), lists.rule('--update --seconds 10'), lists.rule('--rcheck --hitcount 2')];
    expect([update(from(1, 0)), two(from(1, 0))]).toEqual([false, false]);
    set(from(1, 0));
    expect([update(from(1, 60)), two(from(1, 60)), update(from(1, 5)), two(from(1, 5))]).toEqual([false, false, true, true]);
  });

  it('keeps as many stamps as the largest hitcount of the list, rounded up to a power of two', () => {
    const lists = new Lists();
    const [set, five] = [lists.rule('--set'), lists.rule('--rcheck --hitcount 33 --seconds 100')];
    for (let i = 0; i < 33; i++) set(from(1, i));
    expect([five(from(1, 33)), five(from(1, 101))]).toEqual([true, false]);
    const small = new Lists();
    const [put, some] = [small.rule('--set'), small.rule('--rcheck --hitcount 32 --seconds 100')];
    for (let i = 0; i < 40; i++) put(from(1, i < 8 ? 0 : 50));
    expect(some(from(1, 120))).toBe(true); // the eight old stamps were overwritten
  });

  it('gives up the address that was not renewed longest, at 100', () => {
    const lists = new Lists();
    const [set, rcheck] = [lists.rule('--set'), lists.rule('--rcheck')];
    for (let host = 0; host < 100; host++) set(from(host, host));
    set(from(0, 100));
    set(from(200, 101));
    expect([rcheck(from(0, 102)), rcheck(from(1, 102)), rcheck(from(2, 102)), rcheck(from(200, 102))]).toEqual([true, false, true, true]);
  });

  it('--remove holds for what was there', () => {
    const lists = new Lists();
    const [set, remove, rcheck] = [lists.rule('--set'), lists.rule('--remove'), lists.rule('--rcheck')];
    set(from(1));
    expect([remove(from(1)), remove(from(1)), rcheck(from(1))]).toEqual([true, false, false]);
  });

  it('--reap drops the oldest entry once its last stamp is too old, but not the one it renews', () => {
    const lists = new Lists();
    const [set, reap, rcheck] = [lists.rule('--set'), lists.rule('--update --seconds 10 --reap'), lists.rule('--rcheck')];
    set(from(1, 0));
    set(from(2, 5));
    reap(from(2, 12));
    expect([rcheck(from(1, 12)), rcheck(from(2, 12))]).toEqual([false, true]);
    reap(from(2, 22));
    expect(rcheck(from(2, 22))).toBe(true);
  });

  it('--rttl asks for the TTL of the last --set, as it was before forwarding', () => {
    const lists = new Lists();
    const [set, rttl] = [lists.rule('--set'), lists.rule('--rcheck --rttl')];
    set(from(1));
    const forwarded = packetOf(ipv4({ src: '10.0.0.1', ttl: 63 }), { nowUs: 1.7e15, indev: 1, outdev: 2 });
    const other = packetOf(ipv4({ src: '10.0.0.1', ttl: 63 }), { nowUs: 1.7e15, indev: 1 });
    const local = packetOf(ipv4({ src: '10.0.0.1', ttl: 64 }), { nowUs: 1.7e15, outdev: 2, local: 1 });
    expect([rttl(forwarded), rttl(other), rttl(local)]).toEqual([true, false, true]);
  });

  it('masks addresses with the mask of the rule that named the list first', () => {
    const lists = new Lists();
    const set = lists.rule('--set --name net --mask 255.255.255.0');
    const rcheck = lists.rule('--rcheck --name net');
    set(from(1));
    expect([rcheck(from(77)), lists.rule('--rcheck --name net --rdest')(from(77))]).toEqual([true, false]);
  });

  it('keeps IPv4 and IPv6 apart in one list', () => {
    const lists = new Lists();
    const v6 = packetOf(ipv6({ src: '::1' }), { nowUs: 1.7e15 });
    const set = lists.rule('--set');
    const [four, six] = [lists.rule('--rcheck'), lists.rule('--rcheck', 6)];
    set(packetOf(ipv4({ src: '0.0.0.1' }), { nowUs: 1.7e15 }));
    expect([four(packetOf(ipv4({ src: '0.0.0.1' }), { nowUs: 1.7e15 })), six(v6)]).toEqual([true, false]);
    lists.rule('--set', 6)(v6);
    expect(six(v6)).toBe(true);
  });
});
