/** What a phone and its proxy say to one another in tests of SIP. */
import { Expectation } from '../../src/conntrack/expect.ts';
import { parseIpv4 } from '../../src/inet/ipv4.ts';
import { UDP } from '../../src/inet/protocol.ts';
import { type End, HelperTalk } from './helper-talk.ts';

export const PHONE: End = ['10.0.0.2', 5060];
export const PROXY: End = ['10.1.0.2', 5060];

export interface Parts {
  readonly to?: string;
  readonly method?: string;
  readonly cseq?: number | string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

export function message(first: string, { method = 'INVITE', cseq = 1, headers = [], body = '' }: Parts = {}): string {
  const fixed = ['Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9', 'From: <sip:a@10.0.0.2>', 'To: <sip:b@10.1.0.2>', `CSeq: ${cseq} ${method}`];
  return [first, ...fixed, ...headers, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

export function request(method: string, parts: Parts = {}): string {
  return message(`${method} sip:10.1.0.2 SIP/2.0`, { ...parts, method });
}

export const sdp = (...lines: string[]): string => ['v=0', 'o=- 1 1 IN IP4 10.0.0.2', 's=-', ...lines, ''].join('\r\n');
export const AUDIO = sdp('c=IN IP4 10.0.0.2', 't=0 0', 'm=audio 4000 RTP/AVP 0');
export const pair = (port: number): string[] => [`10.1.0.2:* > 10.0.0.2:${port} 17`, `10.1.0.2:* > 10.0.0.2:${port + 1} 17`];

/** A phone and its proxy, after they sent these: requests from the phone, answers from the proxy. */
export function after(...texts: string[]): HelperTalk {
  const talk = new HelperTalk('sip', 5060);
  for (const text of texts) {
    const answers = text.startsWith('SIP/2.0');
    talk.datagram(answers ? PROXY : PHONE, answers ? PHONE : PROXY, text);
  }
  return talk;
}

/** Somebody's expectation of UDP from anywhere, for a connection that expects something already. */
export function reserve(talk: HelperTalk, address: string, port: number): void {
  const { conntrack } = talk.router;
  const taken = new Expectation();
  taken.master = conntrack.expectations()[0]!.master;
  taken.tuple.family = 4;
  taken.tuple.protocol = UDP;
  taken.tuple.dst0 = parseIpv4(address)!;
  taken.tuple.dstL4 = port;
  conntrack.expect(taken, 0, 60);
}
