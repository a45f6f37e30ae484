/** SIP where something just begins or ends to be so: codes, ports, lengths, times, addresses that differ in a word, who else waits. */
import { describe, expect, it } from 'vitest';
import { type End, HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';
import { after, AUDIO, message, pair, PHONE, PROXY, request, reserve, sdp } from '../../../support/sip-talk.ts';

const OTHER: End = ['10.0.0.2', 5070];
const CONTACT = 'Contact: <sip:a@10.0.0.2:5060>;expires=600';
const CALLS = ['10.1.0.2:* > 10.0.0.2:5060 17'];
const REGISTER = request('REGISTER', { cseq: 7, headers: [CONTACT] });

const medium = (port: number, kind = 'audio'): string => sdp('c=IN IP4 10.0.0.2', `m=${kind} ${port} RTP/AVP 0`);
const media = (port: number, kind = 'audio'): string => request('INVITE', { body: medium(port, kind) });
const confirmed = (first: string, headers: string[], cseq: number | string = 7): string =>
  message(first, { method: 'REGISTER', cseq, headers });
const seconds = (talk: HelperTalk): number[] => talk.router.conntrack.dump(0).map(({ timeoutSec }) => timeoutSec);

describe('a message', () => {
  const send = (text: string): string => new HelperTalk('sip', 5060).datagram(PHONE, PROXY, text).split(' ')[0]!;

  it.each([
    ['SIP/2.0 200', 'an answer of eleven octets is looked at'],
    ['BYE sip:xyz', 'a request of eleven octets is looked at'],
    ['BYE sip:1.2.3.4', 'a method stands in front of a blank and a letter'],
    ['bye z 0123456', 'in any case'],
  ])('without CSeq is dropped: %s (%s)', (text) => expect(send(text)).toBe('dropped'));

  it.each([
    ['SIP/2.0 20', 'too short for an answer'],
    ['BYE sip:xy', 'too short for a request'],
    ['BYE 1ip:1.2.3.4', 'no letter behind the blank'],
    ['BYE  sip:1.2.3.4', 'a second blank'],
    ['BYEx sip:1.2.3.4', 'a longer method'],
    ['BYE\tsip:1.2.3.4', 'no blank'],
    ['BY sip:1.2.3.4', 'a shorter method'],
  ])('of no method that counts passes: %s (%s)', (text) => expect(send(text)).toBe('10.0.0.2:5060'));

  it('keeps the connection for an hour, however short, but not when it is empty', () => {
    const lasts = (text: string): number[] => seconds(after(text));
    expect([lasts('x'), lasts(request('BYE'))]).toEqual([[3600], [3600]]);
    expect(lasts('')).toEqual([30]);
  });

  it('counts as an answer to the method in its CSeq, if that stands in it to its end', () => {
    const refused = 'SIP/2.0 486 Busy\r\nCSeq: 1 INVITE';
    expect(after(request('INVITE', { body: AUDIO }), refused).expected).toEqual([]);
    expect(after(request('INVITE', { body: AUDIO }), refused.slice(0, -1)).expected).toEqual(pair(4000));
    expect(after(request('INVITE', { body: AUDIO }), message('SIP/2.0 486 Busy', { method: 'BYE' })).expected).toEqual(pair(4000));
  });

  it('in a stream ends where its Content-Length says', () => {
    const refuse = (end: string): string[] => {
      const talk = new HelperTalk('sip', 5060);
      const stream = new TcpTalk(talk, PHONE, PROXY);
      stream.say(request('INVITE', { body: AUDIO }));
      stream.answer(`SIP/2.0 486 Busy\r\nl: ${13 + end.length}\r\n\r\nx\nCSeq: 1 INV${end}ITE`);
      return talk.expected;
    };
    expect([refuse(''), refuse('ITE')]).toEqual([pair(4000), []]);
  });
});

describe('an answer to an INVITE', () => {
  const offered = (code: string): string[] => {
    const body = AUDIO.replaceAll('10.0.0.2', '10.1.0.2');
    const talk = after(request('INVITE', { cseq: 2, body: AUDIO }), message(`SIP/2.0 ${code} x`, { cseq: 2, body }));
    return talk.expected.filter((line) => line.startsWith('10.0.0.2'));
  };

  it.each(['100', '101', '199', '200', '299'])('with %s: its media are expected', (code) => expect(offered(code)).toHaveLength(2));
  it.each(['1', '099', '300', '999'])('with %s: they are not', (code) => expect(offered(code)).toEqual([]));

  it.each([
    [2, 2],
    [4294967295, 4294967295],
    [2147483648, 2147483648],
  ])('refuses what has its number: %i', (asked, answered) => {
    const refused = message('SIP/2.0 300 x', { cseq: answered });
    expect(after(request('INVITE', { cseq: asked, body: AUDIO }), refused).expected).toEqual([]);
    expect(after(request('INVITE', { cseq: asked, body: AUDIO }), message('SIP/2.0 300 x', { cseq: answered - 1 })).expected).toEqual(
      pair(4000),
    );
  });
});

describe('media', () => {
  it.each([
    [1024, pair(1024)],
    [1025, pair(1024)],
    [65534, pair(65534)],
    [65535, pair(65534)],
    [0, []],
  ])('at port %i', (port, expected) => expect(after(media(port)).expected).toEqual(expected));

  it.each([1, 1023, 65536])('at port %i drop the packet', (port) => {
    expect(new HelperTalk('sip', 5060).datagram(PHONE, PROXY, media(port))).toBe('dropped');
  });

  it('without a port are passed over, the next are not', () => {
    const body = sdp('c=IN IP4 10.0.0.2', 'm=audio ', 'm=video x', 'm=audio RTP', 'm=image 4000 udptl t38');
    expect(after(request('INVITE', { body })).expected).toEqual(pair(4000));
  });

  it('of an earlier INVITE are forgotten', () => {
    expect(after(media(4000), media(6000)).expected).toEqual(pair(6000));
  });

  it('are expected for three minutes', () => {
    const talk = after(media(4000));
    talk.router.wait(179);
    talk.datagram(['10.1.0.2', 7000], ['10.0.0.2', 4000], 'rtp');
    expect(talk.state).toBe('RELATED');
    talk.router.wait(2);
    talk.datagram(['10.1.0.2', 7001], ['10.0.0.2', 4001], 'rtcp');
    expect(talk.state).toBe('NEW');
  });

  it.each(['fd00:1:2:3:4:5:6:7', 'fd00:1:2:3:4:5:6:8', 'fd00:1:2:3:4:f:6:7', 'fd00:1:f:3:4:5:6:7', 'fd00:f:2:3:4:5:6:7'])(
    'of IPv6 are expected of the sender, whose address is all of its words: %s',
    (address) => {
      const sender = 'fd00:1:2:3:4:5:6:7';
      const talk = new HelperTalk('sip', 5060, { family: 6 });
      const text = request('INVITE', { body: AUDIO });
      const v6 = text
        .replaceAll('IP4 10.0.0.2', `IP6 ${address}`)
        .replaceAll('10.0.0.2', `[${sender}]`)
        .replaceAll('10.1.0.2', '[fd01::2]');
      talk.datagram([sender, 5060], ['fd01::2', 5060], v6);
      expect(talk.expected).toEqual(address === sender ? [`fd01::2:* > ${sender}:4000 17`, `fd01::2:* > ${sender}:4001 17`] : []);
    },
  );
});

describe('media that another waits for', () => {
  const second = (talk: HelperTalk, text: string): boolean => talk.datagram(OTHER, PROXY, text) !== 'dropped';

  it('on another connection of the two are as good', () => {
    const talk = after(media(4000));
    expect([second(talk, media(4000)), talk.expected]).toEqual([true, pair(4000)]);
  });

  it('as another kind are as good', () => {
    const talk = after(media(4000));
    expect([second(talk, media(4000, 'video')), talk.expected]).toEqual([true, pair(4000)]);
  });

  it('in part are made whole', () => {
    const talk = after(media(4000));
    talk.datagram(['10.1.0.2', 7000], ['10.0.0.2', 4000], 'rtp');
    expect(talk.expected).toEqual(pair(4000).slice(1));
    expect([second(talk, media(4000)), talk.expected]).toEqual([true, pair(4000)]);
  });

  it.each([8000, 8001])('in another way, at port %i of both, drop the packet and leave nothing', (port) => {
    const talk = after(media(4000));
    // a connection that is not the packet's alone: nothing goes with it
    talk.datagram(OTHER, PROXY, 'x');
    reserve(talk, '10.0.0.2', port);
    const before = talk.expected;
    expect([second(talk, media(8000)), talk.expected]).toEqual([false, before]);
  });

  it('in part, and in another way the other part, stay', () => {
    const talk = after(media(4000));
    const rtcp = talk.router.conntrack.expectations().find(({ tuple }) => tuple.dstL4 === 4001)!;
    talk.router.conntrack.unexpect(rtcp);
    reserve(talk, '10.0.0.2', 4001);
    const before = talk.expected;
    expect([second(talk, media(4000, 'video')), talk.expected]).toEqual([false, before]);
  });
});

describe('a registration', () => {
  it.each([
    [['Contact: <sip:a@10.0.0.2>;expires=1'], CALLS],
    [['Contact: <sip:a@10.0.0.2>;expires=0'], []],
    [['Contact: <sip:a@10.0.0.2>', 'Expires: 1'], CALLS],
    [['Contact: <sip:a@10.0.0.2>', 'Expires: 0'], []],
    [['Contact: <sip:a@10.0.0.2>', 'Expires: x'], []],
    [['Contact: <sip:a@10.0.0.2>', 'Expires: 4294967296'], []],
  ])('with %j', (headers, expected) => expect(after(request('REGISTER', { cseq: 7, headers })).expected).toEqual(expected));

  it.each([
    ['100', 7, CALLS],
    ['199', 7, CALLS],
    ['200', 7, CALLS],
    ['299', 7, CALLS],
    ['300', 7, []],
    ['99', 7, []],
  ])('with contacts in an answer %s', (code, cseq, expected) => {
    expect(after(REGISTER, confirmed(`SIP/2.0 ${code} x`, [CONTACT], cseq)).expected).toEqual(expected);
  });

  it.each([8, 4294967294])('is answered by what has its number: %i', (cseq) => {
    const talk = (answered: number): string[] =>
      after(REGISTER.replace('CSeq: 7', `CSeq: ${cseq}`), confirmed('SIP/2.0 401 x', [], answered)).expected;
    expect([talk(cseq), talk(cseq + 1)]).toEqual([[], CALLS]);
  });

  it.each([
    ['one second', ['Contact: <sip:a@10.0.0.2>;expires=1'], CALLS],
    ['the time of its header', ['Contact: <sip:a@10.0.0.2>', 'Expires: 1'], CALLS],
    ['another port', ['Contact: <sip:a@10.0.0.2:5061>;expires=600'], []],
    ['another transport', ['Contact: <sip:a@10.0.0.2;transport=tcp>;expires=600'], []],
    ['its own transport', ['Contact: <sip:a@10.0.0.2;transport=UDP>;expires=600'], CALLS],
    ['no transport there is', ['Contact: <sip:a@10.0.0.2;transport=ud>;expires=600'], []],
    ['no time first', ['Contact: <sip:a@10.0.0.2>;expires=0, <sip:a@10.0.0.2>;expires=600'], []],
    ['no time for somebody else first', ['Contact: <sip:a@10.0.0.3>;expires=0, <sip:a@10.0.0.2>;expires=600'], CALLS],
    ['somebody else first', ['Contact: <sip:a@10.0.0.3>;expires=x, <sip:a@10.0.0.2>;expires=600'], CALLS],
  ])('lasts after an agreement to %s as it should', (_, headers, expected) => {
    expect(after(REGISTER, confirmed('SIP/2.0 200 x', headers)).expected).toEqual(expected);
  });

  it('is not agreed to for a time that is no number', () => {
    const talk = after(REGISTER);
    const answer = confirmed('SIP/2.0 200 x', ['Contact: <sip:a@10.0.0.2>;expires=x']);
    expect([talk.datagram(PROXY, PHONE, answer), talk.expected]).toEqual(['dropped', CALLS]);
  });

  it('waits three minutes for the answer, and lasts as long as that says', () => {
    const expected = (talk: HelperTalk, after: number): string[] => {
      talk.router.wait(after);
      talk.datagram(PHONE, PROXY, 'x');
      return talk.expected;
    };
    expect([expected(after(REGISTER), 179), expected(after(REGISTER), 181)]).toEqual([CALLS, []]);
    const agreed = (): HelperTalk => after(REGISTER, confirmed('SIP/2.0 200 x', [CONTACT]));
    expect([expected(agreed(), 599), expected(agreed(), 601)]).toEqual([CALLS, []]);
  });

  it.each([
    ['tcp', true],
    ['TCP', true],
    ['udp', false],
    ['tc', false],
  ])('over a stream, of a contact with transport %s', (transport, isExpected) => {
    const talk = new HelperTalk('sip', 5060);
    const headers = [`Contact: <sip:a@10.0.0.2;transport=${transport}>;expires=60`];
    new TcpTalk(talk, PHONE, PROXY).say(request('REGISTER', { headers }));
    expect(talk.expected).toEqual(isExpected ? ['10.1.0.2:* > 10.0.0.2:5060 6'] : []);
  });

  it('is not made on a connection that was expected itself', () => {
    const talk = after(REGISTER, confirmed('SIP/2.0 200 x', [CONTACT]));
    const call = request('REGISTER', { headers: ['Contact: <sip:b@10.1.0.2>;expires=60'] });
    talk.datagram(['10.1.0.2', 6000], PHONE, call);
    expect([talk.state, talk.expected]).toEqual(['RELATED', CALLS]);
  });

  it.each(['fd00:1:2:3:4:5:6:7', 'fd00:1:2:3:4:5:6:8', 'fd00:1:2:3:4:f:6:7', 'fd00:1:f:3:4:5:6:7', 'fd00:f:2:3:4:5:6:7'])(
    'over IPv6 is of the sender, whose address is all of its words: %s',
    (address) => {
      const sender = 'fd00:1:2:3:4:5:6:7';
      const talk = new HelperTalk('sip', 5060, { family: 6 });
      const headers = [`Contact: <sip:a@[${address}]>;expires=60`];
      talk.datagram([sender, 5060], ['fd01::2', 5060], request('REGISTER', { headers }));
      expect(talk.expected).toEqual(address === sender ? [`fd01::2:* > ${sender}:5060 17`] : []);
    },
  );
});
