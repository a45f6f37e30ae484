/** What the random conversations of test/property/engine seldom come to. */
import { describe, expect, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, ipv6, tcp } from '../../../src/packet/build-layers.ts';
import { CONVERSATION_HOST } from '../../support/conversations.ts';
import { WordyRouter } from '../../support/wordy-router.ts';

const CLIENT = '2001:db8:a::2';
const SERVER = '2001:db8:1::1';
const RULES = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n';
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

/** A segment: the sender, its flags, sequence and acknowledgement numbers. */
type Said = readonly [who: 'client' | 'server', flags: number, seq: number, ack: number];

function frame([who, flags, seq, ack]: Said): Uint8Array {
  const fields = { flags, seq, ack, window: 500 };
  if (who === 'client') {
    return build(ethernet('02:00:00:00:00:01', '02:00:00:00:00:99'), ipv6(CLIENT, SERVER), tcp(1000, 80, fields));
  }
  return build(ethernet('02:00:00:00:00:02', '02:00:00:00:00:99'), ipv6(SERVER, CLIENT), tcp(80, 1000, fields));
}

const OPENED: readonly Said[] = [
  ['client', SYN, 100, 0],
  ['server', SYN | ACK, 500, 101],
  ['client', ACK, 101, 501],
  ['server', ACK, 501, 101],
  ['client', ACK, 101, 501],
  ['server', ACK, 501, 101],
];
const CLOSED: readonly Said[] = [
  ['client', FIN | ACK, 101, 501],
  ['server', FIN | ACK, 501, 102],
  ['client', ACK, 102, 502],
  ['client', ACK, 102, 502],
];

/** The same of IPv4, by the same devices. */
function frame4([who, flags, seq, ack]: Said): Uint8Array {
  const fields = { flags, seq, ack, window: 500 };
  const isClient = who === 'client';
  const link = ethernet(`02:00:00:00:00:0${isClient ? 1 : 2}`, '02:00:00:00:00:99');
  const ends: [string, string] = isClient ? ['10.0.0.2', '198.51.100.1'] : ['198.51.100.1', '10.0.0.2'];
  return build(link, ipv4(...ends), isClient ? tcp(1000, 80, fields) : tcp(80, 1000, fields));
}

describe('a known flow of IPv6', () => {
  it('has no plan of IPv4, where no rule tells them apart', () => {
    const [short, long] = [true, false].map((isShort) => {
      const router = new WordyRouter('', { host: CONVERSATION_HOST, short: isShort, logs: false });
      for (const each of OPENED) {
        for (const octets of [frame4(each), frame(each)]) router.take({ dev: each[0] === 'client' ? 1 : 2, octets, pauseUs: 1000 });
      }
      return router;
    });
    expect(short!.log).toEqual(long!.log);
    expect(short!.engine.flows.taken).toBeGreaterThan(2);
  });

  it.each<readonly [string, readonly Said[]]>([
    ['closed and opened anew', [...OPENED, ...CLOSED, ['client', SYN, 9000, 0], ['server', SYN | ACK, 7000, 9001]]],
    ['reset', [...OPENED, ['server', RST, 501, 0], ['client', ACK, 101, 501]]],
    ['reset out of place', [...OPENED, ['server', RST, 90, 0], ['client', ACK, 101, 501]]],
  ])('fares as it would the long way: %s', (_, said) => {
    const [short, long] = [true, false].map((isShort) => {
      const router = new WordyRouter('', { host: CONVERSATION_HOST, short: isShort, logs: false, rules6: RULES });
      for (const each of said) router.take({ dev: each[0] === 'client' ? 1 : 2, octets: frame(each), pauseUs: 1000 });
      return router;
    });
    expect(short!.log).toEqual(long!.log);
    expect(short!.end).toEqual(long!.end);
    expect(short!.engine.flows.taken).toBeGreaterThan(0);
  });
});
