/**
 * What is expected after a message of call signalling: where its user information begins and ends is told by a model of DecodeQ931
 * (net/netfilter/nf_conntrack_h323_q931.c) that takes octets from the front of a list, what is in it by the model of packed encoding.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USER_INFORMATION } from '../../../../src/conntrack/helper/h323/h225-signalling.ts';
import { type End, HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';
import { tpkt } from '../../../support/h323-writer.ts';
import { type Kept, readByModel, zerosAndOnes } from '../../../support/per-model.ts';

const CALLER: End = ['10.0.0.2', 4000];
const CALLEE: End = ['10.1.0.2', 1720];
const PORT = 4000;

/** User information: a Setup that names an H.245 address of the caller. */
const SETUP = [0x00, 0x40, 0x00, 0x00, 10, 0, 0, 2, PORT >> 8, PORT & 255, 0, 0, ...Array.from({ length: 16 }, () => 0), 0];

/** The user information of a message, or null when it has none that is whole. */
function userInformation(message: readonly number[]): readonly number[] | null {
  let rest = [...message];
  if (rest.shift() !== 8) return null;
  const reference = rest.shift();
  if (reference === undefined || rest.length < reference) return null;
  rest = rest.slice(reference);
  if (rest.length < 2) return null;
  rest.shift();
  if (rest[0]! >= 0x80) rest.shift();
  while (rest.length > 0) {
    const id = rest.shift();
    if (id === 0x7e) {
      if (rest.length < 2) return null;
      const size = 256 * rest.shift()! + rest.shift()!;
      // its first octet is the protocol's
      return rest.length < size ? null : rest.slice(1, size);
    }
    const size = rest.shift();
    if (size === undefined || rest.length < size) return null;
    rest = rest.slice(size);
  }
  return null;
}

/** What is to be expected after a message of the caller's. */
function expectedAfter(message: readonly number[]): string[] {
  const user = userInformation(message);
  if (user === null) return [];
  const { read, kept } = readByModel(USER_INFORMATION, zerosAndOnes(Uint8Array.from(user)), user.length);
  if (read < 0) return [];
  const body: Kept | undefined = kept?.parts['h323-uu-pdu']?.parts['h323-message-body'];
  // a changed octet may make another message of the Setup
  const address = body?.parts[body.choice]?.parts['h245Address'];
  const ip = address?.choice === 'ipAddress' ? address.parts['ipAddress']?.parts['ip'] : undefined;
  if (ip === undefined) return [];
  const octets = user.slice(ip.at, ip.at + 6);
  const port = 256 * octets[4]! + octets[5]!;
  return octets.slice(0, 4).join('.') === CALLER[0] && port !== 0 ? [`${CALLEE[0]}:* > ${CALLER[0]}:${port} 6`] : [];
}

function expectedBySource(message: readonly number[]): string[] {
  const talk = new HelperTalk('Q.931', 1720);
  new TcpTalk(talk, CALLER, CALLEE).say(tpkt(Uint8Array.from(message)));
  return talk.expected;
}

const agree = (message: readonly number[]): void => expect([message, expectedBySource(message)]).toEqual([message, expectedAfter(message)]);

const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7d, 0x7e, 0x7f, 0x80));
const octets = (maxLength: number): fc.Arbitrary<number[]> => fc.array(octet, { maxLength });
/** An information element that says its length, mostly true. */
const element = fc
  .tuple(
    octet.filter((id) => id !== 0x7e),
    octets(5),
    fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1),
  )
  .map(([id, data, lie]) => [id, Math.max(0, data.length + lie), ...data]);
const message = fc
  .record({
    discriminator: fc.constantFrom(8, 8, 8, 8, 8, 8, 8, 7),
    reference: octets(3),
    type: octet,
    another: fc.option(fc.integer({ min: 0x80, max: 0xff }), { nil: undefined }),
    elements: fc.array(element, { maxLength: 3 }),
    lie: fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 256),
    behind: octets(3),
  })
  .map(({ discriminator, reference, type, another, elements, lie, behind }) => {
    const size = SETUP.length + 1 + lie;
    const head = [discriminator, reference.length, ...reference, type, ...(another === undefined ? [] : [another])];
    return [...head, ...elements.flat(), 0x7e, size >> 8, size & 255, 5, ...SETUP, ...behind];
  });

describe('the user information of a Q.931 message', () => {
  it('is found where the model finds it, whatever stands in front', () => {
    fc.assert(
      fc.property(message, (one) => {
        agree(one);
      }),
      { numRuns: 400 },
    );
  });

  it('is found where the model finds it when the message is cut anywhere, or an octet of it is another', () => {
    const check = fc.property(message, fc.nat(), octet, (one, at, changed) => {
      agree(one.slice(0, at % one.length));
      agree(one.with(at % one.length, changed));
    });
    fc.assert(check, { numRuns: 200 });
  });

  it('may be longer than an octet tells', () => {
    for (const size of [SETUP.length + 1, 255, 256, 257, 600]) {
      for (const more of [-1, 0, 1]) {
        const told = size + more;
        const padded = [...SETUP, ...Array.from({ length: size - SETUP.length - 1 }, () => 0)];
        agree([8, 0, 5, 0x7e, told >> 8, told & 255, 5, ...padded]);
      }
    }
  });

  it('is none in a message that says it is there behind its end', () => {
    // the next message of the segment goes on as if it were this one
    const whole = [8, 0, 5, 0x7e, 0, SETUP.length + 1, 5, ...SETUP];
    for (let cut = 0; cut <= whole.length; cut++) {
      const talk = new HelperTalk('Q.931', 1720);
      const head = whole.slice(0, cut);
      const segment = [3, 0, 0, cut + 4, ...head, ...whole.slice(cut), ...Array.from({ length: 9 }, () => 0)];
      new TcpTalk(talk, CALLER, CALLEE).say(Uint8Array.from(segment));
      expect([cut, talk.expected]).toEqual([cut, expectedAfter(head)]);
    }
  });
});
