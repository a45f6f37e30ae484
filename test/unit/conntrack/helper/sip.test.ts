/** SIP. Behaviour as recorded from Linux 6.18.44 (fixtures/scenarios/helpers). */
import { describe, expect, it } from 'vitest';
import { HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';
import { after, AUDIO, message, pair, PHONE, PROXY, request, sdp } from '../../../support/sip-talk.ts';

describe('media of a session description', () => {
  it.each(['INVITE', 'UPDATE', 'ACK', 'PRACK'])('are expected after %s: a pair of ports, from the peer', (method) => {
    const talk = after(request(method, { body: AUDIO }));
    expect(talk.expected).toEqual(pair(4000));
    talk.datagram(['10.1.0.2', 7000], ['10.0.0.2', 4000], 'rtp');
    expect([talk.state, talk.expected]).toEqual(['RELATED', pair(4000).slice(1)]);
  });

  it('are expected after an answer that agrees, for the other side', () => {
    const talk = after(request('INVITE'), message('SIP/2.0 200 OK', { body: AUDIO.replaceAll('10.0.0.2', '10.1.0.2') }));
    expect(talk.expected).toEqual(['10.0.0.2:* > 10.1.0.2:4000 17', '10.0.0.2:* > 10.1.0.2:4001 17']);
  });

  it.each([
    ['an odd port: the pair around it', sdp('c=IN IP4 10.0.0.2', 'm=audio 4001 RTP/AVP 0'), pair(4000)],
    [
      'the address of the medium before that of the session',
      sdp('c=IN IP4 9.9.9.9', 'm=audio 4000 RTP/AVP 0', 'c=IN IP4 10.0.0.2'),
      pair(4000),
    ],
    ['a sender that is not the receiver', sdp('c=IN IP4 10.0.0.3', 'm=audio 4000 RTP/AVP 0'), []],
    ['an unknown kind of medium', sdp('c=IN IP4 10.0.0.2', 'm=text 4000 RTP/AVP 0', 'm=video 6000 RTP/AVP 31'), pair(6000)],
    ['a port that says "none"', sdp('c=IN IP4 10.0.0.2', 'm=audio 0 RTP/AVP 0'), []],
    ['a port no number holds', sdp('c=IN IP4 10.0.0.2', 'm=audio 4294971296 RTP/AVP 0'), []],
    [
      'three media at most',
      sdp('c=IN IP4 10.0.0.2', ...[4000, 5000, 6000, 7000].map((port) => `m=audio ${port} RTP/AVP 0`)),
      [...pair(5000), ...pair(6000)],
    ],
  ])('%s', (_, body, expected) => {
    expect(after(request('INVITE', { body })).expected).toEqual(expected);
  });

  it.each([
    ['a port of the system', sdp('c=IN IP4 10.0.0.2', 'm=audio 80 RTP/AVP 0')],
    ['a medium without address', sdp('t=0 0', 'm=audio 4000 RTP/AVP 0')],
  ])('%s drops the packet', (_, body) => {
    const talk = new HelperTalk('sip', 5060);
    expect(talk.datagram(PHONE, PROXY, request('INVITE', { body }))).toBe('dropped');
  });

  it.each([
    ['BYE', request('BYE', { cseq: 2 })],
    ['a refusal', message('SIP/2.0 486 Busy Here')],
  ])('are not expected any more after %s', (_, end) => {
    expect(after(request('INVITE', { body: AUDIO }), end).expected).toEqual([]);
  });

  it('stay expected after a refusal of something else', () => {
    expect(after(request('INVITE', { body: AUDIO }), message('SIP/2.0 486 Busy Here', { cseq: 2 })).expected).toEqual(pair(4000));
  });

  it('are found in IPv6 too, and over TCP in every message of a segment', () => {
    const v6 = (text: string): string =>
      text.replaceAll('IP4 10.0.0.2', 'IP6 fd00::2').replaceAll('10.0.0.2', '[fd00::2]').replaceAll('10.1.0.2', '[fd01::2]');
    const talk = new HelperTalk('sip', 5060, { family: 6 });
    talk.datagram(['fd00::2', 5060], ['fd01::2', 5060], v6(request('INVITE', { body: AUDIO })));
    expect(talk.expected).toEqual(['fd01::2:* > fd00::2:4000 17', 'fd01::2:* > fd00::2:4001 17']);
    const tcp = new HelperTalk('sip', 5060);
    const stream = new TcpTalk(tcp, PHONE, PROXY);
    const body = AUDIO.replace('4000', '6000');
    stream.say(
      request('INVITE', { body: AUDIO }) +
        request('UPDATE', { body }) +
        request('UPDATE', { body: AUDIO.replace('4000', '8000') }).slice(0, -3),
    );
    expect(tcp.expected).toEqual([...pair(4000), ...pair(6000)]);
  });
});

describe('headers', () => {
  it.each([
    ['by their short names', ['m: <sip:a@10.0.0.2>;expires=60'], true],
    ['in any case, blanks in front of the colon', ['CONTACT  : <sip:a@10.0.0.2>;expires=60'], true],
    ['that go on in the next line', ['Contact:\r\n <sip:a@10.0.0.2>;expires=60'], true],
    ['the first that has an address', ['Contact: <sip:a@phone>', 'Contact: <sip:a@10.0.0.2>;expires=60'], true],
    ['not those that only begin alike', ['max: <sip:a@10.0.0.2>;expires=60'], false],
    ['not with a port of the system', ['Contact: <sip:a@10.0.0.2:80>;expires=60'], false],
    ['not with a port of six digits', ['Contact: <sip:a@10.0.0.2:005060>;expires=60'], false],
    ['not with an address that goes on', ['Contact: <sip:a@10.0.0.2.5>;expires=60'], false],
    ['not of another transport', ['Contact: <sip:a@10.0.0.2;transport=tcp>;expires=60'], false],
    ['not of somebody else', ['Contact: <sip:a@10.0.0.3>;expires=60'], false],
    ['not without a time', ['Contact: <sip:a@10.0.0.2>'], false],
    ['not with no time', ['Contact: <sip:a@10.0.0.2>;expires=0', 'Expires: 60'], false],
    ['with the time of its own header', ['Contact: <sip:a@10.0.0.2>', 'Expires: 60'], true],
  ])('are read %s', (_, headers, isExpected) => {
    expect(after(request('REGISTER', { headers })).expected).toEqual(isExpected ? ['10.1.0.2:* > 10.0.0.2:5060 17'] : []);
  });

  it.each([
    ['no CSeq', request('INVITE').replace('CSeq: 1 INVITE\r\n', '')],
    ['a CSeq beyond 32 bits', request('INVITE', { cseq: '4294967296' })],
    ['an answer without a code', message('SIP/2.0 x00 OK')],
    ['an expiry that is no number', request('REGISTER', { headers: ['Contact: <sip:a@10.0.0.2>;expires=x'] })],
  ])('%s drops the packet', (_, text) => {
    const talk = new HelperTalk('sip', 5060);
    expect(talk.datagram(PHONE, PROXY, text)).toBe('dropped');
  });

  it('with which the message ends are not read', () => {
    const register = 'REGISTER sip:10.1.0.2 SIP/2.0\r\nCSeq: 1 REGISTER\r\nExpires: 60\r\nContact: <sip:a@10.0.0.2';
    expect([after(register).expected, after(`${register}:5060`).expected]).toEqual([[], []]);
    expect(after(`${register};`).expected).toHaveLength(1);
  });

  it('keep the connection for an hour, over TCP too; an acknowledgement alone says nothing', () => {
    const talk = new HelperTalk('sip', 5060);
    const stream = new TcpTalk(talk, PHONE, PROXY);
    const seconds = (): number[] => talk.router.conntrack.dump(0).map(({ timeoutSec }) => timeoutSec);
    expect(seconds()).toEqual([432_000]);
    stream.say('x');
    expect(seconds()).toEqual([3600]);
  });

  it('of a method that is not followed are not looked at', () => {
    const talk = new HelperTalk('sip', 5060);
    expect(talk.datagram(PHONE, PROXY, 'OPTIONS sip:10.1.0.2 SIP/2.0\r\n\r\n')).toMatch(/^10\.0\.0\.2:5060 > 10\.1\.0\.2:5060/);
    expect(talk.router.conntrack.dump(0).map(({ timeoutSec }) => timeoutSec)).toEqual([3600]);
  });
});

describe('a registration', () => {
  const CONTACT = 'Contact: <sip:a@10.0.0.2:5060>;expires=600';
  const REGISTER = request('REGISTER', { cseq: 7, headers: [CONTACT] });
  const ring = (talk: HelperTalk): string => {
    talk.datagram(['10.1.0.2', 6000], PHONE, request('OPTIONS'));
    return talk.state;
  };

  it('lets the registrar call once it has agreed, as long as it said, by a connection that has the helper too', () => {
    const talk = after(REGISTER);
    expect(ring(talk)).toBe('NEW');
    const agreed = after(REGISTER, message('SIP/2.0 200 OK', { method: 'REGISTER', cseq: 7, headers: [CONTACT] }));
    expect(ring(agreed)).toBe('RELATED');
    expect(agreed.expected).toHaveLength(1);
    expect(agreed.router.conntrack.dump(0).map(({ helper }) => helper)).toEqual(['sip', 'sip']);
    agreed.router.wait(601);
    agreed.datagram(['10.1.0.2', 6001], PHONE, 'late');
    expect(agreed.state).toBe('NEW');
  });

  it.each([
    ['a refusal', 'SIP/2.0 401 Unauthorized', 7, []],
    ['an agreement that names other contacts', 'SIP/2.0 200 OK', 7, ['Contact: <sip:x@10.0.0.9>;expires=600']],
    ['an agreement to no time', 'SIP/2.0 200 OK', 7, ['Contact: <sip:a@10.0.0.2:5060>;expires=0']],
  ])('is forgotten after %s', (_, first, cseq, headers) => {
    expect(after(REGISTER, message(first, { method: 'REGISTER', cseq, headers })).expected).toEqual([]);
  });

  it.each([
    ['news of progress', 'SIP/2.0 100 Trying', 7],
    ['an answer to another request', 'SIP/2.0 401 Unauthorized', 6],
  ])('still waits after %s', (_, first, cseq) => {
    expect(after(REGISTER, message(first, { method: 'REGISTER', cseq })).expected).toHaveLength(1);
  });

  it('finds the contact among several', () => {
    const headers = ['Contact: <sip:x@10.0.0.9>, <sip:y@phone>, <sip:a@10.0.0.2:5060>', 'Expires: 600'];
    const talk = after(REGISTER, message('SIP/2.0 200 OK', { method: 'REGISTER', cseq: 7, headers }));
    expect(ring(talk)).toBe('RELATED');
  });
});
