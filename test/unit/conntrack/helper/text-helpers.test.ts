/** IRC, SANE and Amanda: what they announce is expected. Behaviour as recorded from Linux 6.18.44 (fixtures/scenarios/helpers). */
import { describe, expect, it } from 'vitest';
import { call, type End, HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';

const SERVER: End = ['10.1.0.2', 6667];
const CLIENT: End = ['10.0.0.2', 4000];

describe('IRC', () => {
  function open(): [HelperTalk, TcpTalk] {
    const talk = new HelperTalk('irc', 6667);
    return [talk, new TcpTalk(talk, CLIENT, SERVER)];
  }
  const offer = (text: string): string => `PRIVMSG bob :\u0001DCC ${text}\u0001\r\n`;

  it.each([
    'SEND file 167772162 5000 99',
    'CHAT chat 167772162 5000',
    'MOVE f 167772162 5000 1',
    'TSEND f 167772162   5000 1',
    'SCHAT chat 167772162 5000',
  ])('expects anybody after %s', (text) => {
    const [talk, irc] = open();
    irc.say(offer(text));
    expect(talk.expected).toEqual(['*:* > 10.0.0.2:5000 6']);
    call(talk, ['10.1.0.77', 1234], ['10.0.0.2', 5000]);
    expect([talk.state, talk.expected]).toEqual(['RELATED', []]);
  });

  it.each([
    ['an address that is not its own', offer('SEND file 167772163 5000 9')],
    ['port 0', offer('SEND file 167772162 65536 9')],
    ['another verb', offer('RESUME file 167772162 5000 9')],
    ['a notice', offer('SEND file 167772162 5000 9').replace('PRIVMSG', 'NOTICE')],
    ['a line that goes on', offer('SEND file 167772162 5000 9').trimEnd()],
    ['an offer that is not the message', 'PRIVMSG bob :see \u0001DCC SEND file 167772162 5000 9\u0001\r\n'],
    ['an offer too short', 'PRIVMSG b :\u0001DCC SEND 1 1\n'],
  ])('believes no offer with %s', (_, text) => {
    const [talk, irc] = open();
    irc.say(text);
    expect(talk.expected).toEqual([]);
  });

  it('reads nothing that comes with a SYN', () => {
    const talk = new HelperTalk('irc', 6667);
    talk.segment(CLIENT, SERVER, 2, [100, 0], offer('SEND file 167772162 5000 9'));
    expect([talk.state, talk.expected]).toEqual(['NEW', []]);
  });

  it('reads the shortest offer there can be, whatever stands in front', () => {
    for (const lead of ['', ' ', '\r\n', ' '.repeat(20)]) {
      for (const name of ['b', 'bob', 'x'.repeat(60)]) {
        const [talk, irc] = open();
        irc.say(`${lead}PRIVMSG ${name} :\u0001DCC SEND f 167772162 1 9\u0001\n`);
        expect(talk.expected, `${lead.length} ${name}`).toEqual(['*:* > 10.0.0.2:1 6']);
      }
    }
  });

  it('reads only what the client says, in any case, behind blanks, and no more than 4095 octets', () => {
    const [talk, irc] = open();
    irc.answer(offer('SEND file 167772162 5000 9'));
    irc.say(`PRIVMSG ${'x'.repeat(4056)} :\u0001DCC SEND file 167772162 5000 9\u0001\r\n`);
    expect(talk.expected).toEqual([]);
    irc.say(` \r\nprivmsg bob :\u0001DCC SEND file 167772162 5000 9\u0001\n`);
    expect(talk.expected).toHaveLength(1);
  });

  it('waits for eight at a time, the oldest gives way, and for 300 seconds', () => {
    const [talk, irc] = open();
    for (let port = 5000; port < 5010; port++) irc.say(offer(`SEND file 167772162 ${port} 9`));
    expect(talk.expected).toEqual([5002, 5003, 5004, 5005, 5006, 5007, 5008, 5009].map((port) => `*:* > 10.0.0.2:${port} 6`));
    talk.router.wait(299);
    irc.say('PING\r\n');
    expect(talk.expected).toHaveLength(8);
    talk.router.wait(2);
    irc.say('PING\r\n');
    expect(talk.expected).toEqual([]);
  });
});

describe('SANE', () => {
  const START = Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 1);
  const ANSWER = Uint8Array.of(0, 0, 0, 0, 0, 0, 0x13, 0x88, 0, 0, 0x12, 0x34);

  function open(): [HelperTalk, TcpTalk] {
    const talk = new HelperTalk('sane', 6566);
    return [talk, new TcpTalk(talk, CLIENT, ['10.1.0.2', 6566])];
  }

  it('expects the client at the port that answers a START, once', () => {
    const [talk, sane] = open();
    sane.answer(ANSWER);
    expect(talk.expected).toEqual([]);
    sane.say(START);
    sane.answer(ANSWER);
    expect(talk.expected).toEqual(['10.0.0.2:* > 10.1.0.2:5000 6']);
    call(talk, ['10.0.0.2', 4001], ['10.1.0.2', 5000]);
    expect([talk.state, talk.expected]).toEqual(['RELATED', []]);
    sane.answer(ANSWER);
    expect(talk.expected).toEqual([]);
  });

  it.each([
    ['a refusal', START, Uint8Array.of(0, 0, 0, 2, 0, 0, 0x13, 0x88)],
    ['a word that is not zero', START, Uint8Array.of(0, 0, 0, 0, 0, 1, 0x13, 0x88)],
    ['an answer too short', START, Uint8Array.of(0, 0, 0, 0, 0, 0, 0x13)],
    ['another request', Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 1), ANSWER],
    ['a request of another length', Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 1, 0), ANSWER],
  ])('expects nothing after %s', (_, request, answer) => {
    const [talk, sane] = open();
    sane.say(request);
    sane.answer(answer);
    expect(talk.expected).toEqual([]);
  });
});

describe('Amanda', () => {
  const AMANDA: End = ['10.1.0.2', 10_080];
  const ASKING: End = ['10.0.0.2', 900];

  function ask(answer: string): HelperTalk {
    const talk = new HelperTalk('amanda', 10_080);
    talk.datagram(ASKING, AMANDA, 'Amanda 2.4 REQ\n');
    talk.datagram(AMANDA, ASKING, answer);
    return talk;
  }
  const streams = (...ports: number[]): string[] => ports.map((port) => `10.0.0.2:* > 10.1.0.2:${port} 6`);

  it('expects the streams of the line that connects', () => {
    const talk = ask('Amanda 2.4 REP\nCONNECT DATA 2001 MESG 2002 INDEX 2003 STATE 2004\nOPTIONS ;\n');
    expect(talk.expected).toEqual(streams(2001, 2002, 2003, 2004));
    call(talk, ['10.0.0.2', 4001], ['10.1.0.2', 2003]);
    expect([talk.state, talk.expected]).toEqual(['RELATED', streams(2001, 2002, 2004)]);
  });

  it.each([
    ['CONNECT DATA 2001 MESG 2002', []],
    ['CONNECT DATA 2001\nMESG 2002\n', [2001]],
    ['CONNECT MESG 2002 DATA 0 INDEX 2003\n', []],
    ['CONNECT DATA 123456\n', [12_345]],
    ['REP DATA 2001\n', []],
  ])('of %j: %j', (answer, ports) => {
    expect(ask(answer).expected).toEqual(streams(...ports));
  });

  it('prolongs the asking connection to 300 seconds', () => {
    const talk = ask('nothing');
    const { conntrack } = talk.router;
    expect(conntrack.dump(0).map(({ timeoutSec }) => timeoutSec)).toEqual([300]);
  });
});
