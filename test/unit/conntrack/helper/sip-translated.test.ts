/** SIP of translated connections: what is expected leads to the phone's true address, all of its words, and straight if it can. */
import { describe, expect, it } from 'vitest';
import { type End, HelperTalk } from '../../../support/helper-talk.ts';
import { AUDIO, message, pair, PHONE, PROXY, request, reserve } from '../../../support/sip-talk.ts';

const SIX = 'fd00:1:2:3:4:5:6:7';
const SIX_KNOWN = 'fd01::8:9:a:b';
const SIX_PROXY: End = ['fd01::2', 5060];

function six(text: string, phone = SIX): string {
  return text.replaceAll('IP4 10.0.0.2', `IP6 ${phone}`).replaceAll('10.0.0.2', `[${phone}]`).replaceAll('10.1.0.2', '[fd01::2]');
}

describe('of a phone with an address of IPv6', () => {
  const talk = (): HelperTalk => new HelperTalk('sip', 5060, { family: 6, snat: SIX_KNOWN });

  it('media are led to it', () => {
    const call = talk();
    call.datagram([SIX, 5060], SIX_PROXY, six(request('INVITE', { body: AUDIO })));
    expect(call.expected).toEqual([`fd01::2:* > ${SIX_KNOWN}:4000 17`, `fd01::2:* > ${SIX_KNOWN}:4001 17`]);
    expect(call.datagram(['fd01::2', 7000], [SIX_KNOWN, 4000], 'rtp')).toBe(`fd01::2:7000 > ${SIX}:4000 rtp`);
  });

  it('calls are led to it once the registrar has agreed', () => {
    const headers = (address: string): string[] => [`Contact: <sip:a@[${address}]>;expires=60`];
    const call = talk();
    call.datagram([SIX, 5060], SIX_PROXY, six(request('REGISTER', { headers: headers(SIX) })));
    call.datagram(SIX_PROXY, [SIX_KNOWN, 5060], message('SIP/2.0 200 OK', { method: 'REGISTER', headers: headers(SIX_KNOWN) }));
    expect(call.expected).toEqual([`fd01::2:* > ${SIX_KNOWN}:5060 17`]);
    expect(call.datagram(['fd01::2', 7000], [SIX_KNOWN, 5060], 'ring')).toBe(`fd01::2:7000 > ${SIX}:5060 ring`);
  });

  it.each([
    [SIX, 5060],
    ['fd00:1:2:3:4:5:6:8', 40_000],
    ['fd00:1:2:3:4:f:6:7', 40_000],
    ['fd00:1:f:3:4:5:6:7', 40_000],
    ['fd00:f:2:3:4:5:6:7', 40_000],
  ])('answers go to the port of its Via header, if that is its own: %s', (address, port) => {
    const call = talk();
    call.datagram([SIX, 40_000], SIX_PROXY, six(request('OPTIONS'), address));
    expect(call.datagram(SIX_PROXY, [SIX_KNOWN, 40_000], 'answer of the proxy')).toBe(`fd01::2:5060 > ${SIX}:${port} answer of the proxy`);
  });
});

describe('media at the address under which phones are known', () => {
  const KNOWN = '10.0.0.9';
  const offer = (port = 4000): string => request('INVITE', { body: AUDIO.replace('4000', String(port)) });
  const offerOf = (host: string, port = 4000): string => offer(port).replaceAll('10.0.0.2', host);
  const at = (host: string, port: number): string[] => pair(port).map((line) => line.replace('10.0.0.2', host));
  const told = (text: string): string[] => text.split('\r\n').filter((line) => /^[ocm]=/.test(line));

  const WAITING = [`*:* > ${KNOWN}:4000 17`, ...at(KNOWN, 4002), ...at(KNOWN, 8000)];

  /** Two phones behind that address, one of which could not have its own port. */
  function household(): HelperTalk {
    const talk = new HelperTalk('sip', 5060, { snat: KNOWN });
    talk.datagram(['10.0.0.3', 5061], PROXY, offerOf('10.0.0.3', 8000));
    reserve(talk, KNOWN, 4000);
    talk.datagram(PHONE, PROXY, offer());
    expect(talk.expected).toEqual(WAITING);
    return talk;
  }

  it.each([
    [4002, '10.0.0.2', 4000],
    [8000, '10.0.0.3', 8000],
  ])('go straight to the phone that waits at port %i, when the port of who names it is translated', (port, phone, own) => {
    const talk = household();
    const out = talk.datagram([KNOWN, 5060], PROXY, offerOf(KNOWN, port));
    expect(told(out)).toEqual([`o=- 1 1 IN IP4 ${phone}`, `c=IN IP4 ${phone}`, `m=audio ${own} RTP/AVP 0`]);
    const straight = [...WAITING, ...at(phone, own)].sort();
    expect(talk.expected).toEqual(straight);
    // the host says it once more on another connection: that is known
    const again = talk.datagram([KNOWN, 5061], PROXY, offerOf(KNOWN, port));
    expect([told(again), talk.expected]).toEqual([told(out), straight]);
    expect(talk.datagram(['10.1.0.2', 7000], [phone, own], 'rtp')).toBe(`10.1.0.2:7000 > ${phone}:${own} rtp`);
    expect(talk.state).toBe('RELATED');
  });

  it('are known, when the port of who names them is not', () => {
    const talk = household();
    const out = talk.datagram([KNOWN, 5070], PROXY, offerOf(KNOWN, 4002));
    expect(told(out)).toEqual([`o=- 1 1 IN IP4 ${KNOWN}`, `c=IN IP4 ${KNOWN}`, 'm=audio 4002 RTP/AVP 0']);
    expect(talk.expected).toEqual(WAITING);
  });

  it('are its own where no phone waits', () => {
    const talk = household();
    const out = talk.datagram([KNOWN, 5060], PROXY, offerOf(KNOWN, 6000));
    expect(told(out)).toEqual([`o=- 1 1 IN IP4 ${KNOWN}`, `c=IN IP4 ${KNOWN}`, 'm=audio 6000 RTP/AVP 0']);
    expect(talk.expected).toEqual([...WAITING, ...at(KNOWN, 6000)].sort());
  });

  it('take another pair when the second port of one is waited at, and leave nothing at its first', () => {
    const talk = new HelperTalk('sip', 5060, { snat: KNOWN });
    talk.datagram(['10.0.0.3', 5061], PROXY, offerOf('10.0.0.3', 8000));
    reserve(talk, KNOWN, 4001);
    const out = talk.datagram(PHONE, PROXY, offer());
    expect(told(out)).toContain('m=audio 4002 RTP/AVP 0');
    expect(talk.expected).toEqual([`*:* > ${KNOWN}:4001 17`, ...at(KNOWN, 4002), ...at(KNOWN, 8000)]);
  });
});
