import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONVERSATION_HOST, Conversations } from '../../support/conversations.ts';
import { WordyRouter } from '../../support/wordy-router.ts';

const RUNS = Math.max(150, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 120;
/** Packets that went the short way in all runs: a test that never went it would prove nothing. */
let shortened = 0;
/** Those among them of IPv6, and in a VLAN. */
let shortened6 = 0;
let tagged = 0;
/** Echo requests and their answers. */
let echoes = 0;
/** Those that began something. */
let begun = 0;

function goesBothWays(seed: number): void {
  const talk = new Conversations(seed);
  const text = talk.rules();
  const logs = talk.chance(3);
  const host = { ...CONVERSATION_HOST, localStack: talk.pick(['sink', 'respond']) };
  const rules6 = talk.rules6();
  const short = new WordyRouter(text, { host, short: true, logs, rules6 });
  const long = new WordyRouter(text, { host, short: false, logs, rules6 });
  for (let i = 0; i < PACKETS; i++) {
    if (talk.chance(20)) {
      const what = talk.pick([0, 1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 8]);
      short.meddle(what);
      long.meddle(what);
    }
    const frame = talk.next();
    const before = short.engine.flows.taken;
    short.take(frame);
    if (short.engine.flows.taken > before) {
      if (frame.flow.isV6) shortened6++;
      if (frame.flow.isTagged && !frame.isReply) tagged++;
      if (frame.flow.isEcho) echoes++;
    }
    long.take(frame);
    expect(short.log, `seed ${seed}, packet ${i}\n${text}${rules6}`).toEqual(long.log);
    if (!frame.isReply && short.left !== null) frame.flow.left = short.left;
    short.log = [];
    long.log = [];
  }
  expect(short.end, `seed ${seed}\n${text}`).toEqual(long.end);
  shortened += short.engine.flows.taken;
  begun += short.engine.flows.fresh.taken;
}

describe('the short way of a packet', () => {
  it(`leads where the long one leads: octets, verdicts, rules, counters, connections (${RUNS} rule sets)`, () => {
    fc.assert(fc.property(fc.integer(), goesBothWays), { numRuns: RUNS });
    expect(shortened).toBeGreaterThan(RUNS * 2);
    expect(shortened6).toBeGreaterThan(RUNS);
    expect(echoes).toBeGreaterThan(RUNS / 4);
    expect(tagged).toBeGreaterThan(RUNS / 2);
    expect(begun).toBeGreaterThan(RUNS / 2);
  });
});
