/** What NAT writes into the payloads of IRC, Amanda, PPTP, SNMP and SIP. As recorded from Linux 6.18.44 (fixtures/scenarios/helpers). */
import { describe, expect, it } from 'vitest';
import { call, type End, HelperTalk, TcpTalk } from '../../support/helper-talk.ts';

const OPTIONS = { snat: '10.1.0.50' };
const CLIENT: End = ['10.0.0.2', 4000];
const KNOWN: End = ['10.1.0.50', 4000];

describe('IRC', () => {
  it('offers the address the server knows, and lets the peer in under the address of the server', () => {
    const talk = new HelperTalk('irc', 6667, OPTIONS);
    const irc = new TcpTalk(talk, CLIENT, ['10.1.0.2', 6667], KNOWN);
    expect(irc.say('PRIVMSG bob :\u0001DCC SEND f 167772162 5000 9\u0001\r\n')).toContain(
      'PRIVMSG bob :\u0001DCC SEND f 167837746 5000 9\u0001\r\n',
    );
    expect(call(talk, ['10.1.0.77', 1234], ['10.1.0.50', 5000])).toBe('10.1.0.2:1234 > 10.0.0.2:5000');
    expect(talk.state).toBe('RELATED');
  });

  it('offers another port when somebody waits at this one', () => {
    const talk = new HelperTalk('irc', 6667, OPTIONS);
    const texts = [2, 3].map((host) => {
      const irc = new TcpTalk(talk, [`10.0.0.${host}`, 4000 + host], ['10.1.0.2', 6667], ['10.1.0.50', 4000 + host]);
      return irc.say(`PRIVMSG bob :\u0001DCC SEND f ${0x0a000000 + host} 5000 9\u0001\r\n`);
    });
    expect(texts[0]).toContain(' 167837746 5000 9');
    expect(Number(/167837746 (\d+) 9/.exec(texts[1]!)![1])).toBeGreaterThan(5000);
  });
});

describe('Amanda', () => {
  it('keeps ports that are free; the streams follow their master', () => {
    const talk = new HelperTalk('amanda', 10_080, OPTIONS);
    const server: End = ['10.1.0.2', 10_080];
    talk.datagram(CLIENT, server, 'REQ\n');
    expect(talk.datagram(server, KNOWN, 'CONNECT DATA 02001 MESG 2002\n')).toContain(' CONNECT DATA 2001 MESG 2002\n');
    expect(talk.expected).toEqual(['10.0.0.2:* > 10.1.0.2:2001 6', '10.0.0.2:* > 10.1.0.2:2002 6']);
    expect(call(talk, ['10.0.0.2', 999], ['10.1.0.2', 2001])).toBe('10.1.0.50:999 > 10.1.0.2:2001');
  });
});

describe('PPTP', () => {
  const SIZES = [0, 144, 144, 4, 4, 4, 8, 156, 20, 208, 12, 16, 4, 136, 28, 12];
  function control(message: number, ...fields: number[]): Uint8Array {
    const bytes = new Uint8Array(12 + SIZES[message]!);
    bytes.set([0, bytes.length, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, message]);
    bytes.set(fields, 12);
    return bytes;
  }
  /** The first two fields of a message as it leaves. */
  const fields = (out: string): number[] => {
    const at = out.indexOf('\u001a+<M') + 8;
    return [0, 2].map((i) => (out.charCodeAt(at + i) << 8) | out.charCodeAt(at + i + 1));
  };

  it('names the client by its port, in the messages and in the tunnel', () => {
    const talk = new HelperTalk('pptp', 1723, OPTIONS);
    const pptp = new TcpTalk(talk, CLIENT, ['10.1.0.2', 1723], KNOWN);
    pptp.say(control(1, 1, 0));
    pptp.answer(control(2, 1, 0, 1));
    expect(fields(pptp.say(control(7, 0x11, 0x11)))[0]).toBe(4000);
    expect(fields(pptp.answer(control(8, 0x22, 0x22, 4000 >> 8, 4000 & 0xff, 1)))).toEqual([0x2222, 0x1111]);
    expect(talk.expected).toEqual(['10.0.0.2:4369 > 10.1.0.2:8738 47', '10.1.0.2:8738 > 10.1.0.50:4000 47']);
    expect(talk.tunnel('10.0.0.2', '10.1.0.2', 0x2222)).toContain('10.1.0.50 > 10.1.0.2');
    expect([talk.state, talk.expected]).toEqual(['RELATED', []]);
    expect(talk.tunnel('10.1.0.2', '10.1.0.50', 4000)).toContain('10.1.0.2 > 10.0.0.2');
    expect(talk.state).toBe('ESTABLISHED');
    expect(talk.router.conntrack.dump(0).map(({ original, reply }) => [original.destinationL4, reply.destinationL4])).toContainEqual([
      0x2222, 4000,
    ]);
    expect(fields(pptp.answer(control(13, 4000 >> 8, 4000 & 0xff)))[0]).toBe(0x1111);
  });
});

describe('PPTP out of turn', () => {
  const SIZES = [0, 144, 144, 4, 4, 4, 8, 156, 20, 208, 12, 16, 4, 136, 28, 12];
  const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  const control = (message: number, ...fields: number[]): Uint8Array => {
    const bytes = new Uint8Array(12 + SIZES[message]!);
    bytes.set([0, bytes.length, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, message]);
    bytes.set(fields, 12);
    return bytes;
  };
  const START: [0 | 1, Uint8Array][] = [
    [0, control(1, 1, 0)],
    [1, control(2, 1, 0, 1)],
  ];
  const ASKED: [0 | 1, Uint8Array][] = [...START, [0, control(7, 0x11, 0x11)]];
  const OFFERED: [0 | 1, Uint8Array][] = [...START, [1, control(9, 0x22, 0x22)]];

  // as the kernel has it: what is not in its turn keeps its call ids
  it.each<[string, [0 | 1, Uint8Array][], 0 | 1, Uint8Array]>([
    ['a call asked for without a session', [], 0, control(7, 0x11, 0x11)],
    ['a call asked for in a session that is not granted', START.slice(0, 1), 0, control(7, 0x11, 0x11)],
    ['a call cleared without a session', [], 0, control(12, 0x11, 0x11)],
    ['an answer to no call', START, 0, control(10, 0x11, 0x11, 0x22, 0x22, 1)],
    ['an answer to another call', OFFERED, 0, control(10, 0x11, 0x11, 0x22, 0x23, 1)],
    ['a grant without a session', [], 1, control(8, 0x22, 0x22, 0x0f, 0xa0, 1)],
    ['a grant of nothing', START, 1, control(8, 0x22, 0x22, 0x0f, 0xa0, 1)],
    ['a grant of another call', ASKED, 1, control(8, 0x22, 0x22, 0x0f, 0xa1, 1)],
    ['a connection of no call', START, 1, control(11, 0x0f, 0xa0)],
    ['a connection of a call that is only offered', OFFERED, 1, control(11, 0x0f, 0xa0)],
    ['a start', [], 0, control(1, 1, 0)],
    ['an echo', ASKED, 0, control(5, 1, 2)],
    ['an echo of the server', ASKED, 1, control(5, 1, 2)],
    ['a stop', ASKED, 0, control(3, 1)],
    ['a call offered', START, 1, control(9, 0x22, 0x22)],
    ['link settings of the client', ASKED, 0, control(15, 0x22, 0x22)],
    ['a message there is not', ASKED, 0, control(4, 1, 2)],
  ])('%s', (_, before, from, message) => {
    const talk = new HelperTalk('pptp', 1723, OPTIONS);
    const pptp = new TcpTalk(talk, CLIENT, ['10.1.0.2', 1723], KNOWN);
    for (const [side, one] of before)
      if (side === 0) pptp.say(one);
      else pptp.answer(one);
    expect((from === 0 ? pptp.say(message) : pptp.answer(message)).endsWith(` ${latin(message)}`)).toBe(true);
    expect(talk.expected).toEqual([]);
  });

  it.each<[string, [0 | 1, Uint8Array][], 0 | 1, Uint8Array, number, number]>([
    ['a call asked for', START, 0, control(7, 0x11, 0x11), 0, 4000],
    ['a call cleared', ASKED, 0, control(12, 0x11, 0x11), 0, 4000],
    ['a grant', ASKED, 1, control(8, 0x22, 0x22, 0x0f, 0xa0, 1), 2, 0x1111],
    ['a refusal', ASKED, 1, control(8, 0x22, 0x22, 0x0f, 0xa0, 2), 2, 0x1111],
    ['an error of the wire', ASKED, 1, control(14, 0x0f, 0xa0), 0, 0x1111],
    ['link settings', ASKED, 1, control(15, 0x0f, 0xa0), 0, 0x1111],
    ['a hang-up', ASKED, 1, control(13, 0x0f, 0xa0), 0, 0x1111],
  ])('is not %s', (_, before, from, message, at, id) => {
    const talk = new HelperTalk('pptp', 1723, OPTIONS);
    const pptp = new TcpTalk(talk, CLIENT, ['10.1.0.2', 1723], KNOWN);
    for (const [side, one] of before)
      if (side === 0) pptp.say(one);
      else pptp.answer(one);
    const due = message.slice();
    due.set([id >> 8, id & 0xff], 12 + at);
    expect((from === 0 ? pptp.say(message) : pptp.answer(message)).endsWith(` ${latin(due)}`)).toBe(true);
  });
});

describe('SNMP', () => {
  const tlv = (tag: number, ...body: number[]): number[] => [tag, body.length, ...body];
  /** A v2c message of one binding. */
  const message = (value: number[], pdu = 0xa7): Uint8Array =>
    Uint8Array.from(
      tlv(
        0x30,
        ...tlv(2, 1),
        ...tlv(4, 0x70),
        ...tlv(pdu, ...tlv(2, 1), ...tlv(2, 0), ...tlv(2, 0), ...tlv(0x30, ...tlv(0x30, ...tlv(6, 43), ...value))),
      ),
    );

  function trap(data: Uint8Array): string {
    return new HelperTalk('snmp_trap', 162, OPTIONS).datagram(CLIENT, ['10.1.0.9', 162], data);
  }

  it.each([
    ['the own address', tlv(0x40, 10, 0, 0, 2), '@\u0004\u000a\u0001\u00002'],
    ['another address', tlv(0x40, 10, 0, 0, 3), '@\u0004\u000a\u0000\u0000\u0003'],
    ['the own address in a string', tlv(4, 10, 0, 0, 2), '\u0004\u0004\u000a\u0000\u0000\u0002'],
  ])('%s', (_, value, text) => {
    expect(trap(message(value)).endsWith(text)).toBe(true);
  });

  it('is translated in traps that go out and answers that come back, and in nothing else', () => {
    const OWN = '@\u0004\u000a\u0000\u0000\u0002';
    const KNOWN_AS = '@\u0004\u000a\u0001\u00002';
    const data = message(tlv(0x40, 10, 0, 0, 2));
    const manager: End = ['10.1.0.9', 5000];
    // a trap, and what comes back to the trap's port
    const traps = new HelperTalk('snmp_trap', 162, OPTIONS);
    expect(traps.datagram(['10.0.0.2', 162], ['10.1.0.9', 162], data)).toContain(KNOWN_AS);
    expect(traps.datagram(['10.1.0.9', 162], ['10.1.0.50', 162], data)).toContain(OWN);
    // an agent that speaks first, and one that answers
    const agent = new HelperTalk('snmp_trap', 5000, OPTIONS);
    expect(agent.datagram(['10.0.0.2', 161], manager, data)).toContain(OWN);
    const asked = new HelperTalk('snmp_trap', 161, OPTIONS);
    expect(asked.datagram(CLIENT, ['10.1.0.9', 161], data)).toContain(KNOWN_AS);
    expect(asked.datagram(['10.1.0.9', 161], KNOWN, data)).toContain(KNOWN_AS);
  });

  it.each([
    ['a trap of version 1', message(tlv(2, 1), 0xa4)],
    ['an address of three octets', message(tlv(0x40, 10, 0, 0))],
    ['SNMPv3', Uint8Array.from(tlv(0x30, ...tlv(2, 3)))],
    ['a length beyond the end', message(tlv(2, 1)).slice(0, -1)],
    ['something behind the message', Uint8Array.from(tlv(0x30, ...tlv(2, 1), ...tlv(4, 0x70), ...tlv(2, 1)))],
  ])('%s is dropped', (_, data) => {
    expect(trap(data)).toBe('dropped');
  });
});

describe('SIP', () => {
  const PHONE: End = ['10.0.0.2', 5060];
  const PROXY: End = ['10.1.0.2', 5060];
  const OUTSIDE: End = ['10.1.0.50', 5060];
  const sdp = ['v=0', 'o=- 1 1 IN IP4 10.0.0.2', 's=-', 'c=IN IP4 10.0.0.2', 't=0 0', 'm=audio 4000 RTP/AVP 0', ''].join('\r\n');
  const head = (first: string, body: string): string =>
    [
      first,
      'Via: SIP/2.0/UDP 10.0.0.2:5060;maddr=10.0.0.2;branch=z9',
      'From: <sip:a@10.0.0.2:5060>',
      'To: <sip:b@10.1.0.2>',
      'CSeq: 1 INVITE',
      'Contact: <sip:a@10.0.0.2:5060>',
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');

  it('tells the address the proxy knows, in headers and description, and its length', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    const out = talk.datagram(PHONE, PROXY, head('INVITE sip:b@10.1.0.2 SIP/2.0', sdp));
    expect(out.slice(out.indexOf('INVITE'))).toBe(
      head('INVITE sip:b@10.1.0.2 SIP/2.0', sdp)
        .replaceAll('10.0.0.2', '10.1.0.50')
        .replace(/h: \d+/, `h: ${sdp.length + 2}`),
    );
    expect(talk.datagram(['10.1.0.2', 7000], ['10.1.0.50', 4000], 'rtp')).toBe('10.1.0.2:7000 > 10.0.0.2:4000 rtp');
    expect(talk.state).toBe('RELATED');
  });

  it('takes it back in answers', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    talk.datagram(PHONE, PROXY, head('INVITE sip:b@10.1.0.2 SIP/2.0', ''));
    const answer = head('SIP/2.0 180 Ringing', '')
      .replaceAll('10.0.0.2', '10.1.0.50')
      .replace('maddr=10.1.0.50', 'received=10.1.0.50;rport=5060');
    const out = talk.datagram(PROXY, OUTSIDE, answer);
    expect(out).toContain('Via: SIP/2.0/UDP 10.0.0.2:5060;received=10.0.0.2;rport=5060');
    expect(out).toContain('From: <sip:a@10.0.0.2:5060>');
  });

  it('registers the phone at the address the registrar knows', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    const register = head('REGISTER sip:10.1.0.2 SIP/2.0', '')
      .replace('1 INVITE', '1 REGISTER')
      .replace('5060>\r\nContent', '5060>;expires=60\r\nContent');
    expect(talk.datagram(PHONE, PROXY, register)).toContain('Contact: <sip:a@10.1.0.50:5060>;expires=60');
    expect(talk.expected).toEqual(['10.1.0.2:* > 10.1.0.50:5060 17']);
    const agreed = head('SIP/2.0 200 OK', '')
      .replaceAll('10.0.0.2', '10.1.0.50')
      .replace('1 INVITE', '1 REGISTER')
      .replace('5060>\r\nContent', '5060>;expires=60\r\nContent');
    talk.datagram(PROXY, OUTSIDE, agreed);
    expect(talk.datagram(['10.1.0.2', 6000], OUTSIDE, 'OPTIONS')).toBe('10.1.0.2:6000 > 10.0.0.2:5060 OPTIONS');
    expect(talk.state).toBe('RELATED');
  });

  it('drops what announces ports that another connection announced to the same peer', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    talk.datagram(PHONE, PROXY, head('INVITE sip:b@10.1.0.2 SIP/2.0', sdp));
    const other = head('INVITE sip:b@10.1.0.2 SIP/2.0', sdp)
      .replaceAll('10.0.0.2', '10.0.0.3')
      .replaceAll('10.0.0.3:5060', '10.0.0.3:5061');
    expect(talk.datagram(['10.0.0.3', 5061], PROXY, other)).toBe('dropped');
    expect(talk.datagram(['10.0.0.3', 5061], PROXY, other.replace('4000', '4002'))).toContain('m=audio 4002 ');
  });

  it('answers a phone at the port it listens at', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    talk.datagram(['10.0.0.2', 50_000], PROXY, head('INVITE sip:b@10.1.0.2 SIP/2.0', ''));
    expect(talk.datagram(PROXY, ['10.1.0.50', 50_000], head('SIP/2.0 180 Ringing', ''))).toContain('10.1.0.2:5060 > 10.0.0.2:5060 ');
    const told = head('SIP/2.0 180 Ringing', '').replace('From: <sip:a@10.0.0.2:5060>', 'From: <sip:a@10.1.0.50:50000>');
    expect(talk.datagram(PROXY, ['10.1.0.50', 50_000], told)).toContain('From: <sip:a@10.0.0.2:5060>');
  });

  it('does not answer at a port that somebody else’s Via names', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    const asked = head('INVITE sip:b@10.1.0.2 SIP/2.0', '').replace('Via: SIP/2.0/UDP 10.0.0.2:5060', 'Via: SIP/2.0/UDP 10.9.9.9:7777');
    expect(talk.datagram(['10.0.0.2', 50_000], PROXY, asked)).toContain('Via: SIP/2.0/UDP 10.9.9.9:7777;');
    expect(talk.datagram(PROXY, ['10.1.0.50', 50_000], head('SIP/2.0 180 Ringing', ''))).toContain('10.1.0.2:5060 > 10.0.0.2:50000 ');
  });

  describe('of a phone whose port is another outside', () => {
    /** A second phone with the port of the first; and the port it got. */
    const open = (): [HelperTalk, number] => {
      const talk = new HelperTalk('sip', 5060, OPTIONS);
      talk.datagram(PHONE, PROXY, head('OPTIONS sip:b@10.1.0.2 SIP/2.0', ''));
      const out = talk.datagram(['10.0.0.3', 5060], PROXY, head('OPTIONS sip:b@10.1.0.2 SIP/2.0', ''));
      return [talk, Number(/10\.1\.0\.50:(\d+) >/.exec(out)![1])];
    };
    const via = (out: string): string => /Via: SIP\/2\.0\/UDP ([^\r]*)/.exec(out)![1]!;
    const message = (first: string, value: string): string =>
      [first, `Via: SIP/2.0/UDP ${value}`, 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', ''].join('\r\n');

    it.each([
      ['10.0.0.3:5060;branch=z9', 'KNOWN;branch=z9'],
      ['10.0.0.3:5060;maddr=10.0.0.3;branch=z9', 'KNOWN;maddr=10.1.0.50;branch=z9'],
      ['10.0.0.3:5060;maddr=10.9.9.9;branch=z9', 'KNOWN;maddr=10.9.9.9;branch=z9'],
      ['10.0.0.3:5060;received=10.0.0.3;rport=5060', 'KNOWN;received=10.0.0.3;rport=5060'],
      ['10.9.9.9:5060;maddr=10.0.0.3;branch=z9', '10.9.9.9:5060;maddr=10.0.0.3;branch=z9'],
      ['10.0.0.3:5061;maddr=10.0.0.3;branch=z9', '10.0.0.3:5061;maddr=10.0.0.3;branch=z9'],
    ])('a request’s Via %s goes out as %s', (given, due) => {
      const [talk, port] = open();
      expect(port).not.toBe(5060);
      const out = talk.datagram(['10.0.0.3', 5060], PROXY, message('OPTIONS sip:b@10.1.0.2 SIP/2.0', given));
      expect(via(out)).toBe(due.replace('KNOWN', `10.1.0.50:${port}`));
    });

    it.each([
      ['KNOWN;branch=z9', '10.0.0.3:5060;branch=z9'],
      ['KNOWN;received=10.1.0.50;rport=PORT;branch=z9', '10.0.0.3:5060;received=10.0.0.3;rport=5060;branch=z9'],
      ['KNOWN;rport=PORT;received=10.1.0.50', '10.0.0.3:5060;rport=5060;received=10.0.0.3'],
      ['KNOWN;received=10.9.9.9;rport=1234;branch=z9', '10.0.0.3:5060;received=10.9.9.9;rport=1234;branch=z9'],
      ['KNOWN;received=10.1.0.50;branch=z9', '10.0.0.3:5060;received=10.0.0.3;branch=z9'],
      ['KNOWN;rport=PORT;branch=z9', '10.0.0.3:5060;rport=5060;branch=z9'],
      ['KNOWN;rport;branch=z9', '10.0.0.3:5060;rport;branch=z9'],
      ['10.1.0.50:5060;received=10.1.0.50;rport=PORT', '10.1.0.50:5060;received=10.1.0.50;rport=PORT'],
      ['10.9.9.9:PORT;received=10.1.0.50;rport=PORT', '10.9.9.9:PORT;received=10.1.0.50;rport=PORT'],
    ])('an answer’s Via %s comes in as %s', (given, due) => {
      const [talk, port] = open();
      const known = (text: string): string => text.replace('KNOWN', `10.1.0.50:${port}`).replaceAll('PORT', `${port}`);
      const out = talk.datagram(PROXY, ['10.1.0.50', port], message('SIP/2.0 200 OK', known(given)));
      expect(via(out)).toBe(known(due));
    });
  });

  it('shifts sequence numbers by all that a segment grew', () => {
    const talk = new HelperTalk('sip', 5060, OPTIONS);
    const stream = new TcpTalk(talk, PHONE, PROXY, OUTSIDE);
    const text = head('INVITE sip:b@10.1.0.2 SIP/2.0', sdp).replaceAll('UDP', 'TCP');
    const before = text.length;
    const out = stream.say(text + text.replace('INVITE sip', 'UPDATE sip').replace('1 INVITE', '2 UPDATE'));
    const grown = out.length - out.indexOf('INVITE') - 2 * before;
    expect(grown).toBeGreaterThan(0);
    expect(talk.router.conntrack.sequenceOffset(0, 0, 102)).toBe(grown);
  });
});
