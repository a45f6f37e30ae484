/**
 * H.323. Messages worked out by hand from the ASN.1 of H.225.0 and H.245; behaviour as recorded from Linux 6.18.44
 * (fixtures/scenarios/helpers).
 */
import { describe, expect, it } from 'vitest';
import { call, type End, HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';
import { tpkt } from '../../../support/h323-writer.ts';

const ENDPOINT: End = ['10.0.0.2', 1719];
const KEEPER: End = ['10.1.0.2', 1719];
const CALLER: End = ['10.0.0.2', 4000];
const CALLEE: End = ['10.1.0.2', 1720];
const KNOWN = '10.1.0.50';

const hex = (...parts: readonly string[]): Uint8Array => Uint8Array.from(Buffer.from(parts.join('').replaceAll(' ', ''), 'hex'));
const SELF = '0a000002';
const PEER = '0a010002';
const THIRD = '0a010003';

/** A transport address in H.225.0, or in H.245's unicast form: both have only their octet of choice in front. */
const at = (address: string, port: number): string => `00 ${address} ${port.toString(16).padStart(4, '0')}`;

describe('RAS', () => {
  const rrq = (address = SELF, tail = ''): Uint8Array =>
    hex(tail === '' ? '0c' : '0e', '00 0001 00 00 01', at(address, 1720), '01', at(SELF, 1719), '0000 b5000012', tail);
  const rcf = (tail = ''): Uint8Array => hex(tail === '' ? '10' : '12', '00 0001 00 01', at(SELF, 1720), '00 0041', tail);
  const MINUTE = '0280 03 40003b';
  const URQ = hex('1800 0001 01', at(SELF, 1720));
  const GRQ = hex('0000 0001 00', at(SELF, 1719));
  const gcf = (address: string, port = 1719): Uint8Array => hex('0400 0001 00', at(address, port));
  const acf = (address: string): Uint8Array => hex('2800 0001 0010', at(address, 1720));
  const lcf = hex('4c 0001', at(THIRD, 1720), at(THIRD, 1719));
  const irr = hex('5800 0001 0000 0041', at(SELF, 1719), '01', at(SELF, 1720));
  const arq = (second: string, address = SELF): Uint8Array => {
    const [before, after] = second === '40' ? [at(address, 1720), ''] : ['', at(address, 1720)];
    return hex('24', second, '0001 0000 0041', before, '00', after, '00 10');
  };

  class Ras {
    readonly talk: HelperTalk;
    private readonly known: End;
    constructor(snat?: string) {
      this.talk = new HelperTalk('RAS', 1719, snat === undefined ? {} : { snat });
      this.known = [snat ?? ENDPOINT[0], 1719];
    }
    /** What leaves, in hex behind the addresses. */
    say(message: Uint8Array): string {
      return inHex(this.talk.datagram(ENDPOINT, KEEPER, message));
    }
    answer(message: Uint8Array): string {
      return inHex(this.talk.datagram(KEEPER, this.known, message));
    }
  }
  const inHex = (line: string): string => Buffer.from(line.replace(/^\S+ > \S+ /, ''), 'latin1').toString('hex');
  const bare = (message: Uint8Array): string => Buffer.from(message).toString('hex');

  it('lets the gatekeeper call what the endpoint registers, again and again, by a connection that has the helper', () => {
    const ras = new Ras();
    ras.say(rrq());
    expect(ras.talk.expected).toEqual(['10.1.0.2:* > 10.0.0.2:1720 6']);
    for (const port of [5000, 5001]) {
      call(ras.talk, ['10.1.0.2', port], ['10.0.0.2', 1720]);
      expect(ras.talk.state).toBe('RELATED');
    }
    expect(ras.talk.expected).toHaveLength(1);
    expect(ras.talk.router.conntrack.dump(0).map(({ helper }) => helper)).toEqual(['Q.931', 'Q.931', 'RAS']);
  });

  it.each([
    ['somebody else', rrq(THIRD)],
    ['a message cut short', rrq().slice(0, -1)],
    ['an alternative there is not', hex('60')],
  ])('expects no calls after %s', (_, message) => {
    const ras = new Ras();
    expect(ras.say(message)).toBe(bare(message));
    expect(ras.talk.expected).toEqual([]);
  });

  const lifetime = (ras: Ras): number => ras.talk.router.conntrack.dump(0)[0]!.timeoutSec;

  it('keeps the connection as long as the registration, by default five minutes', () => {
    const ras = new Ras();
    ras.say(rrq());
    ras.answer(rcf());
    expect(lifetime(ras)).toBe(300);
    ras.answer(rcf(`${MINUTE} 0000`));
    expect(lifetime(ras)).toBe(60);
    ras.say(URQ);
    expect([lifetime(ras), ras.talk.expected]).toEqual([30, []]);
  });

  it('steps over a number it keeps twice, as the kernel does: behind it must be as much again', () => {
    const ras = new Ras();
    ras.say(rrq(SELF, `${MINUTE} 00`));
    expect(ras.talk.expected).toEqual([]);
    ras.say(rrq(SELF, `${MINUTE} 0000`));
    expect(ras.talk.expected).toHaveLength(1);
    ras.answer(rcf());
    expect(lifetime(ras)).toBe(60);
  });

  it('lets the endpoint call where an admission or a location sends it', () => {
    for (const message of [acf(THIRD), lcf]) {
      const ras = new Ras();
      ras.say(GRQ);
      ras.answer(message);
      expect(ras.talk.expected).toEqual(['10.0.0.2:* > 10.1.0.3:1720 6']);
    }
  });

  it('expects RAS at a gatekeeper that answers from elsewhere, but of that connection no more', () => {
    const ras = new Ras();
    ras.say(GRQ);
    ras.answer(gcf(PEER));
    expect(ras.talk.expected).toEqual([]);
    ras.answer(gcf(THIRD, 1718));
    expect(ras.talk.expected).toEqual(['10.0.0.2:* > 10.1.0.3:1718 17']);
    ras.talk.datagram(ENDPOINT, ['10.1.0.3', 1718], GRQ);
    expect([ras.talk.state, ras.talk.expected]).toEqual(['RELATED', []]);
    ras.talk.datagram(['10.1.0.3', 1718], ENDPOINT, gcf(PEER));
    expect(ras.talk.expected).toEqual([]);
  });

  it('tells the gatekeeper the addresses it knows a hidden endpoint by', () => {
    const known = (message: Uint8Array): string => bare(message).replaceAll(SELF, '0a010032');
    const ras = new Ras(KNOWN);
    for (const message of [GRQ, rrq(), irr, arq('40'), arq('10'), hex('4800 0001 00', at(SELF, 1719)), URQ]) {
      expect(ras.say(message)).toBe(known(message));
    }
    expect(ras.say(arq('40', THIRD))).toBe(bare(arq('40', THIRD)));
  });

  it('tells every octet of an address and port', () => {
    for (const [known, octets] of [
      ['10.1.44.150', '0a012c96'],
      ['10.129.255.254', '0a81fffe'],
    ] as const) {
      const ras = new Ras(known);
      expect(ras.say(GRQ)).toBe(bare(GRQ).replaceAll(SELF, octets));
      expect(ras.say(rrq())).toBe(bare(rrq()).replaceAll(SELF, octets));
    }
  });

  it('tells a hidden endpoint its own address, and binds calls to it', () => {
    const ras = new Ras(KNOWN);
    ras.say(rrq());
    expect(ras.talk.expected).toEqual(['10.1.0.2:* > 10.1.0.50:1720 6']);
    const confirmed = hex('10 00 0001 00 01', at('0a010032', 1720), '00 0041');
    expect(ras.answer(confirmed)).toBe(bare(confirmed).replace('0a010032', SELF));
    expect(ras.answer(acf('0a010032'))).toBe(bare(acf(SELF)));
    expect(call(ras.talk, ['10.1.0.2', 5000], [KNOWN, 1720])).toBe('10.1.0.2:5000 > 10.0.0.2:1720');
  });

  it('takes another port where somebody waits already', () => {
    const ras = new Ras(KNOWN);
    ras.say(rrq());
    ras.talk.datagram(['10.0.0.3', 1719], KEEPER, hex('0c 00 0001 00 00 01', at('0a000003', 1720), '00 0000 b5000012'));
    const [first, second] = ras.talk.expected;
    expect(first).toBe('10.1.0.2:* > 10.1.0.50:1720 6');
    expect(second).toMatch(/^10\.1\.0\.2:\* > 10\.1\.0\.50:\d+ 6$/);
    const port = Number(/(\d+) 6$/.exec(second!)![1]);
    expect(port).toBeGreaterThan(1720);
    // and keeps it when it registers again
    ras.talk.datagram(['10.0.0.3', 1719], KEEPER, hex('0c 00 0001 00 00 01', at('0a000003', 1720), '00 0000 b5000012'));
    expect(ras.talk.expected).toEqual([first, second]);
    expect(call(ras.talk, ['10.1.0.2', 5000], [KNOWN, port])).toBe('10.1.0.2:5000 > 10.0.0.3:1720');
  });

  it('looks for the address to translate behind a loopback address, and writes it over that', () => {
    const ras = new Ras(KNOWN);
    const two = (first: string, second: string): Uint8Array =>
      hex('0c00 0001 00 00 02', at(first, 1720), at(second, 1720), '00 0000 b5000012');
    expect(ras.say(two('7f000001', SELF))).toBe(bare(two('0a010032', '0a010032')));
    const urq = (first: string): Uint8Array => hex('1800 0001 02', at(first, 1720), at(SELF, 1720));
    expect(ras.say(urq('7f000001'))).toBe(bare(urq('0a010032')));
    ras.say(two(THIRD, SELF));
    expect(ras.say(urq(THIRD))).toBe(bare(urq(THIRD)).replace(SELF, '0a010032'));
  });
});

const OLC = `03 00 0001 0600 11 140001 ${at(SELF, 4000)} ${at(SELF, 4001)}`;

function q931(body: string): Uint8Array {
  const user = hex('05', body);
  return tpkt(Uint8Array.of(...hex('08 02 0001 05 04 03 8893a5 7e'), user.length >> 8, user.length & 0xff, ...user));
}

describe('Q.931', () => {
  const zeros = '00'.repeat(16);
  const setup = (address: string, port = 4000): Uint8Array => q931(`00 40 00 ${at(address, port)} 0000 ${zeros} 00`);
  const connect = (address: string): Uint8Array => q931(`02 40 00 ${at(address, 4000)} 0000 ${zeros}`);
  const forwarded = (address: string): Uint8Array => q931(`06 40 00 ${at(address, 1720)} 20`);
  const CONTROL = ['10.1.0.2:* > 10.0.0.2:4000 6'];

  function open(snat?: string): [HelperTalk, TcpTalk] {
    const talk = new HelperTalk('Q.931', 1720, snat === undefined ? {} : { snat });
    return [talk, new TcpTalk(talk, CALLER, CALLEE, [snat ?? CALLER[0], CALLER[1]])];
  }

  it.each([
    ['a Setup', setup(SELF), CONTROL],
    ['nothing of somebody else', setup(THIRD), []],
    ['nothing without a port', setup(SELF, 0), []],
    ['nothing of a message cut short', setup(SELF).slice(0, -1), []],
    ['nothing of another protocol', tpkt(hex('09', '0200 0105')), []],
    ['nothing without user information', tpkt(hex('08 00 05 04 01 00')), []],
    ['nothing behind an element too long', tpkt(hex('08 00 05 04 09 00 7e')), []],
  ])('expects H.245 after %s', (_, message, expected) => {
    const [talk, call1] = open();
    call1.say(message);
    expect(talk.expected).toEqual(expected);
  });

  const SETUP = `00 40 00 ${at(SELF, 4000)} 0000 ${zeros} 00`;
  const behind = (head: string, size = hex('05', SETUP).length): Uint8Array =>
    tpkt(hex(head, '7e', size.toString(16).padStart(4, '0'), '05', SETUP));

  it.each([
    ['no call reference', '08 00 05'],
    ['a call reference', '08 02 0001 05'],
    ['an octet above 0x7f behind the type of message', '08 00 05 a1'],
    ['the least of those', '08 00 05 80'],
    ['an empty element', '08 00 05 04 00'],
    ['two elements', '08 00 05 04 03 8893a5 28 01 00'],
    ['an element that holds the number of the one wanted', '08 00 05 7f 02 7e 00'],
  ])('finds user information behind %s', (_, head) => {
    const [talk, call1] = open();
    call1.say(behind(head));
    expect(talk.expected).toEqual(CONTROL);
  });

  it('finds user information as long as it says, and all of it there', () => {
    const whole = hex('05', SETUP).length;
    const found = [-1, 0, 1].map((more) => {
      const [talk, call1] = open();
      call1.say(behind('08 00 05', whole + more));
      return talk.expected.length;
    });
    expect(found).toEqual([0, 1, 0]);
  });

  it.each([
    '08',
    '08 00',
    '08 01',
    '08 02 0001',
    '08 00 05',
    '08 00 05 04',
    '08 00 05 7e',
    '08 00 05 7e 00',
    '08 00 05 7e 0000',
    '08 00 05 04 01',
  ])('finds none in %s', (octets) => {
    const [talk, call1] = open();
    expect(call1.say(tpkt(hex(octets)))).toContain(Buffer.from(tpkt(hex(octets))).toString('latin1'));
    expect(talk.expected).toEqual([]);
  });

  it('expects it from either side, by a connection that has its helper', () => {
    const [talk, call1] = open();
    call1.answer(connect(PEER));
    expect(talk.expected).toEqual(['10.0.0.2:* > 10.1.0.2:4000 6']);
    const control = new TcpTalk(talk, ['10.0.0.2', 5000], ['10.1.0.2', 4000]);
    expect(talk.router.conntrack.dump(0).map(({ helper }) => helper)).toEqual(['Q.931', 'H.245']);
    control.say(tpkt(hex(OLC)));
    expect(talk.expected).toEqual(['10.1.0.2:* > 10.0.0.2:4000 17', '10.1.0.2:* > 10.0.0.2:4001 17']);
    talk.datagram(['10.1.0.2', 7000], ['10.0.0.2', 4001], 'rtcp');
    expect(talk.state).toBe('RELATED');
  });

  it('finds every message of a segment, and one whose header came alone', () => {
    const [talk, call1] = open();
    call1.say(Uint8Array.of(...setup(SELF), ...setup(SELF, 4002)));
    expect(talk.expected).toEqual([...CONTROL, '10.1.0.2:* > 10.0.0.2:4002 6']);
    const message = setup(SELF, 4004);
    call1.say(message.slice(0, 4));
    call1.say(message.slice(4));
    expect(talk.expected).toHaveLength(3);
  });

  it.each([
    ['the rest comes in pieces', [setup(SELF).slice(0, 4), setup(SELF).slice(4, -1), setup(SELF).slice(-1)]],
    ['it is cut', [setup(SELF).slice(0, 20), setup(SELF).slice(20)]],
    ['an empty segment comes between', [setup(SELF).slice(0, 4), new Uint8Array(), setup(SELF).slice(4)]],
    ['its length is none', [hex('03000003'), setup(SELF).slice(4)]],
    ['it is the second behind one header', [setup(THIRD).slice(0, 4), setup(THIRD).slice(4), setup(SELF).slice(4)]],
    ['it comes with the SYN', []],
  ])('does not find a message when %s', (_, pieces) => {
    const [talk, call1] = open();
    for (const piece of pieces) call1.say(piece);
    if (pieces.length === 0) talk.segment([CALLER[0], 4001], CALLEE, 2, [100, 0], setup(SELF));
    expect(talk.expected).toEqual([]);
  });

  it('lets the caller call where it is forwarded to', () => {
    const [talk, call1] = open();
    call1.answer(forwarded(THIRD));
    expect(talk.expected).toEqual(['10.0.0.2:* > 10.1.0.3:1720 6']);
    call1.answer(forwarded(PEER));
    expect(talk.expected).toHaveLength(2);
  });

  it('tells the peer of a hidden end the known address, and expects there', () => {
    const [talk, call1] = open(KNOWN);
    expect(call1.say(setup(SELF))).toContain('\n\u0001\u00002\u000f\u00a0');
    expect(talk.expected).toEqual(['10.1.0.2:* > 10.1.0.50:4000 6']);
    expect(call(talk, ['10.1.0.2', 5000], [KNOWN, 4000])).toBe('10.1.0.2:5000 > 10.0.0.2:4000');
  });
});

describe('H.245', () => {
  function open(snat?: string): [HelperTalk, TcpTalk] {
    const talk = new HelperTalk('Q.931', 1720, snat === undefined ? {} : { snat });
    new TcpTalk(talk, CALLER, CALLEE, [snat ?? CALLER[0], CALLER[1]]).answer(q931(`02 40 00 ${at(PEER, 4000)} 0000 ${'00'.repeat(16)}`));
    return [talk, new TcpTalk(talk, ['10.0.0.2', 5000], ['10.1.0.2', 4000], [snat ?? '10.0.0.2', 5000])];
  }

  it('expects media of a hidden end at the known address, four streams at most', () => {
    const [talk, control] = open(KNOWN);
    const channel = (port: number): Uint8Array => tpkt(hex(`03 00 0001 0600 0a 100001 ${at(SELF, port)}`));
    for (const port of [4000, 5001, 6000, 7000, 8000]) control.say(channel(port));
    const pairs = [4000, 5000, 6000, 7000].flatMap((port) => [port, port + 1]);
    expect(talk.expected).toEqual(pairs.map((port) => `10.1.0.2:* > 10.1.0.50:${port} 17`));
    talk.datagram(['10.1.0.2', 9000], [KNOWN, 5001], 'rtcp');
    expect(talk.state).toBe('RELATED');
    expect(control.say(channel(5001))).toContain('\n\u0001\u00002\u0013\u0089');
  });

  it('stops at messages it does not follow', () => {
    const [talk, control] = open();
    control.say(Uint8Array.of(...tpkt(hex('02 70 01')), ...tpkt(hex(OLC))));
    expect(talk.expected).toHaveLength(2);
    control.say(Uint8Array.of(...tpkt(hex('03')), ...tpkt(hex(OLC.replaceAll('0fa', '0fb')))));
    expect(talk.expected).toHaveLength(2);
  });
});
