/** Promises about helpers: whatever a payload holds, they neither throw nor hang, and what they expect is bounded. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Chooser, writeH245, writeQ931, writeRas } from '../../../support/h323-writer.ts';
import { type End, HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';

const CLIENT: End = ['10.0.0.2', 5060];
const snat = fc.constantFrom(undefined, '10.1.0.50');
/** Octets that mean something to some helper, and any others. */
const word = fc.constantFrom(
  'PRIVMSG ',
  ' :',
  '\u0001DCC SEND ',
  'f 167772162 5000 9\n',
  'CONNECT DATA 9',
  '\n',
  'SIP/2.0 200 OK\r\n',
  'INVITE sip:a@10.0.0.2:5060 SIP/2.0\r\n',
  'Via: SIP/2.0/UDP 10.0.0.2:5060;rport=5060\r\n',
  'CSeq: 1 INVITE\r\n',
  'Contact: <sip:a@10.0.0.2>',
  ', <sip:b@10.0.0.2:5060>',
  '\r\n ',
  'Content-Length: 9\r\n\r\n',
  'v=0\r\n',
  'o=- 1 1 IN IP4 10.0.0.2\r\n',
  'c=IN IP4 10.0.0.2\r\n',
  'm=audio 4000 RTP\r\n',
  '\u0000\u0000\u0000\u0007\u0000\u0000\u0000\u0001',
  '\u0000\u009c\u0000\u0001\u001a\u002b\u003c\u004d\u0000\u0001\u0000\u0000',
  '0\u0080\u0002\u0001\u0001\u0004\u0000\u00a2\u0080',
  '0\u0006@\u0004\n\u0000\u0000\u0002',
);
const payload = fc
  .array(fc.oneof({ weight: 3, arbitrary: word }, fc.string({ unit: 'binary-ascii', maxLength: 9 })), { maxLength: 30 })
  .map((parts) => Uint8Array.from(Buffer.from(parts.join(''), 'latin1')));

/** Messages of H.323 with some octets changed. */
const h323 = (write: (chooser: Chooser) => Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.tuple(fc.infiniteStream(fc.nat()), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })).map(([numbers, changes]) => {
    const below = (limit: number): number => numbers.next().value % limit;
    const endpoint = (length: number): number[] => [...(length === 4 ? [10, 0, 0, 2] : Array(length).fill(0)), 15, below(256)];
    const message = write({ below, endpoint });
    for (const [at, octet] of changes) message[at % message.length] = octet;
    return message.slice(0, 1400);
  });

describe('a helper', () => {
  it('survives any datagrams', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('amanda', 'sip', 'snmp', 'snmp_trap', 'netbios-ns', 'tftp'),
        snat,
        fc.array(payload, { maxLength: 8 }),
        (helper, address, payloads) => {
          const talk = new HelperTalk(helper, 162, address === undefined ? {} : { snat: address });
          for (const data of payloads) {
            talk.datagram(CLIENT, ['10.1.0.2', 162], data);
            talk.datagram(['10.1.0.2', 162], [address ?? '10.0.0.2', 5060], data);
          }
          return talk.expected.length <= 11;
        },
      ),
    );
  });

  it('survives any RAS message', () => {
    fc.assert(
      fc.property(snat, fc.array(fc.oneof(h323(writeRas), payload), { maxLength: 8 }), (address, messages) => {
        const talk = new HelperTalk('RAS', 1719, address === undefined ? {} : { snat: address });
        for (const data of messages) {
          talk.datagram(CLIENT, ['10.1.0.2', 1719], data);
          talk.datagram(['10.1.0.2', 1719], [address ?? '10.0.0.2', 5060], data);
        }
        return talk.expected.length <= 64;
      }),
    );
  });

  it('survives any call signalling', () => {
    fc.assert(
      fc.property(snat, fc.array(fc.oneof(h323(writeQ931), h323(writeH245), payload), { maxLength: 8 }), (address, messages) => {
        const talk = new HelperTalk('Q.931', 1720, address === undefined ? {} : { snat: address });
        const stream = new TcpTalk(talk, CLIENT, ['10.1.0.2', 1720], [address ?? '10.0.0.2', 5060]);
        for (const data of messages) {
          stream.say(data);
          stream.answer(data);
        }
        return talk.expected.length <= 40;
      }),
    );
  });

  it('survives any stream', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('irc', 'sip', 'sane', 'pptp', 'ftp'),
        snat,
        fc.array(payload, { maxLength: 8 }),
        (helper, address, payloads) => {
          const talk = new HelperTalk(helper, 6667, address === undefined ? {} : { snat: address });
          const stream = new TcpTalk(talk, CLIENT, ['10.1.0.2', 6667], [address ?? '10.0.0.2', 5060]);
          for (const data of payloads) {
            stream.say(data);
            stream.answer(data);
          }
          return talk.expected.length <= 11;
        },
      ),
    );
  });
});
