/** NetBIOS, SNMP and PPTP. Behaviour as recorded from Linux 6.18.44 (fixtures/scenarios/helpers). */
import { describe, expect, it } from 'vitest';
import { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import { Hook } from '../../../../src/hook/hook.ts';
import { HookTable } from '../../../../src/hook/hook-table.ts';
import { Random } from '../../../../src/inet/random.ts';
import { ipv4, payload, udp } from '../../../../src/packet/build-layers.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { type End, HelperTalk, TcpTalk } from '../../../support/helper-talk.ts';
import { packetOf } from '../../../support/nat-frames.ts';

describe('NetBIOS and SNMP questions by broadcast', () => {
  class Asker {
    readonly conntrack: Conntrack;
    private readonly hooks = new HookTable();
    private readonly template: number;

    constructor(helper: string) {
      this.conntrack = new Conntrack({
        random: new Random(1),
        broadcastMask: (packet) => (packet.dst0 === 0x0a0000ff ? 0xffffff00 | 0 : 0),
      });
      this.conntrack.enable(4);
      for (const entry of this.conntrack.hookEntries(4)) this.hooks.add(entry);
      this.template = this.conntrack.template({ helper });
    }

    ask(to: End, local = 1): void {
      const packet = packetOf(ipv4('10.0.0.1', to[0]), udp(1025, to[1]), payload('who?'));
      packet.local = local;
      packet.ctTemplate = this.template;
      this.walk(packet, Hook.Output, Hook.Postrouting, 1e9);
    }

    /** The state bit of an answer. */
    hear(from: End, nowUs = 1e9): number {
      return this.walk(packetOf(ipv4(from[0], '10.0.0.1'), udp(from[1], 1025), payload('I')), Hook.Prerouting, Hook.Input, nowUs);
    }

    private walk(packet: Packet, first: Hook, last: Hook, nowUs: number): number {
      packet.nowUs = nowUs;
      this.hooks.run(first, packet);
      const state = this.conntrack.stateBit(packet);
      this.hooks.run(last, packet);
      this.conntrack.release(packet);
      return state;
    }
  }
  const [RELATED, NEW] = [4, 8];

  it.each([
    ['netbios-ns', 137, 3],
    ['snmp', 161, 30],
  ])('%s: anybody of the subnet may answer from the service port, again and again', (helper, port, seconds) => {
    const asker = new Asker(helper);
    asker.ask(['10.0.0.255', port]);
    expect(asker.conntrack.dump(1e9).map(({ timeoutSec }) => timeoutSec)).toEqual([seconds]);
    expect(asker.hear(['10.0.0.7', port])).toBe(RELATED);
    expect(asker.hear(['10.0.0.8', port])).toBe(RELATED);
    expect(asker.hear(['10.0.0.9', port + 1])).toBe(NEW);
    expect(asker.hear(['10.0.1.9', port])).toBe(NEW);
    expect(asker.conntrack.expectations()).toHaveLength(1);
    expect(asker.hear(['10.0.0.10', port], 1e9 + (seconds + 1) * 1e6)).toBe(NEW);
  });

  it('expects nothing of a question to one host, nor of one that is only forwarded', () => {
    const asker = new Asker('netbios-ns');
    asker.ask(['10.0.0.7', 137]);
    asker.ask(['10.0.0.255', 137], 0);
    expect(asker.conntrack.expectations()).toEqual([]);
  });
});

const SIZES = [0, 144, 144, 4, 4, 4, 8, 156, 20, 208, 12, 16, 4, 136, 28, 12];

/** A control message with its first fields, the rest zero. */
function control(message: number, ...fields: number[]): Uint8Array {
  const bytes = new Uint8Array(12 + SIZES[message]!);
  bytes.set([0, bytes.length, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, message]);
  bytes.set(fields, 12);
  return bytes;
}

const START_REQUEST = control(1, 1, 0);
const START_REPLY = control(2, 1, 0, 1);
const OUT_REQUEST = control(7, 0x11, 0x11);
const OUT_REPLY = control(8, 0x22, 0x22, 0x11, 0x11, 1);
const PNS: End = ['10.0.0.2', 4000];
const PAC: End = ['10.1.0.2', 1723];

describe('PPTP', () => {
  function open(): [HelperTalk, TcpTalk] {
    const talk = new HelperTalk('pptp', 1723);
    return [talk, new TcpTalk(talk, PNS, PAC)];
  }
  function send(talk: HelperTalk, from: string, to: string, callId: number): string {
    talk.tunnel(from, to, callId);
    return talk.state;
  }
  const BOTH = ['10.0.0.2:4369 > 10.1.0.2:8738 47', '10.1.0.2:8738 > 10.0.0.2:4369 47'];

  it('expects both directions of a call that was asked for and granted', () => {
    const [talk, pptp] = open();
    pptp.say(START_REQUEST);
    pptp.answer(START_REPLY);
    pptp.say(OUT_REQUEST);
    expect(talk.expected).toEqual([]);
    pptp.answer(OUT_REPLY);
    expect(talk.expected).toEqual(BOTH);
  });

  it('expects both directions of a call that came in', () => {
    const [talk, pptp] = open();
    pptp.say(START_REQUEST);
    pptp.answer(START_REPLY);
    pptp.answer(control(9, 0x22, 0x22));
    pptp.say(control(10, 0x11, 0x11, 0x22, 0x22, 1));
    expect(talk.expected).toEqual([]);
    pptp.answer(control(11, 0x11, 0x11));
    expect(talk.expected).toEqual(BOTH);
  });

  it.each([
    ['no session', [], [OUT_REQUEST], [OUT_REPLY]],
    ['a session refused', [START_REQUEST], [OUT_REQUEST], [control(2, 1, 0, 2), OUT_REPLY]],
    ['a call refused', [START_REQUEST], [OUT_REQUEST], [START_REPLY, control(8, 0x22, 0x22, 0x11, 0x11, 2)]],
    ['another call id', [START_REQUEST], [OUT_REQUEST], [START_REPLY, control(8, 0x22, 0x22, 0x11, 0x12, 1)]],
    ['a reply cut short', [START_REQUEST], [OUT_REQUEST], [START_REPLY, OUT_REPLY.slice(0, 31)]],
  ])('expects nothing after %s', (_, first, then, answers) => {
    const [talk, pptp] = open();
    for (const message of first) pptp.say(message);
    pptp.answer(answers[0]!);
    for (const message of then) pptp.say(message);
    for (const message of answers.slice(1)) pptp.answer(message);
    expect(talk.expected).toEqual([]);
  });

  it('takes the first packet of the tunnel for both directions, and ends with the call', () => {
    const [talk, pptp] = open();
    for (const [isAnswer, message] of [
      [0, START_REQUEST],
      [1, START_REPLY],
      [0, OUT_REQUEST],
      [1, OUT_REPLY],
    ] as const) {
      if (isAnswer === 1) pptp.answer(message);
      else pptp.say(message);
    }
    expect(send(talk, '10.0.0.2', '10.1.0.2', 0x2222)).toBe('RELATED');
    expect(talk.expected).toEqual([]);
    expect(send(talk, '10.1.0.2', '10.0.0.2', 0x1111)).toBe('ESTABLISHED');
    expect(talk.router.conntrack.count).toBe(2);
    pptp.answer(control(13, 0x22, 0x22));
    expect(talk.router.conntrack.count).toBe(1);
    expect(send(talk, '10.1.0.2', '10.0.0.2', 0x1111)).toBe('NEW');
  });
});
