/** The connection tracker of the fresh path by itself: what is left over from another packet does not matter. */
import { describe, expect, it } from 'vitest';
import { Core } from '../../../src/conntrack/core.ts';
import { CtInfo, Direction, Status } from '../../../src/conntrack/ctinfo.ts';
import { FreshTracker, IN_DOUBT, NOBODY } from '../../../src/conntrack/fresh-tracker.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { parseIpv4 } from '../../../src/inet/ipv4.ts';
import { TCP, UDP } from '../../../src/inet/protocol.ts';
import { Random } from '../../../src/inet/random.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { packetOf, START_SEC } from '../../support/conntrack-machine.ts';
import { A, S } from './tcp-talk.ts';

const [CLIENT, SERVER] = ['10.0.0.2', '10.1.0.2'];
const PORTS = (1000 << 16) | 80;
const TURNED = (80 << 16) | 1000;

function packet(bytes: Uint8Array): Packet {
  return Object.assign(packetOf(bytes), { nowUs: START_SEC * 1e6, hook: Hook.Postrouting });
}
const datagram = (): Packet => packet(build(ipv4(CLIENT, SERVER), udp(1000, 80), payload('x')));
const answer = (): Packet => packet(build(ipv4(SERVER, CLIENT), udp(80, 1000), payload('x')));
const syn = (): Packet => packet(build(ipv4(CLIENT, SERVER), tcp(1000, 80, { flags: S, seq: 1 })));

describe('FreshTracker', () => {
  const core = (options = {}): Core => new Core({ random: new Random(1), ...options });
  const find = (tracker: FreshTracker, protocol: number): number[] => [
    tracker.find(parseIpv4(CLIENT)!, parseIpv4(SERVER)!, PORTS, protocol),
    tracker.find(parseIpv4(SERVER)!, parseIpv4(CLIENT)!, TURNED, protocol),
  ];

  it.each([
    ['a datagram', UDP, datagram],
    ['a SYN', TCP, syn],
  ] as const)('opens a connection in zone 0 for %s, whatever the zone of the last packet was', (_, protocol, made) => {
    const one = core();
    const tracker = new FreshTracker(one);
    one.zoneOriginal = 5;
    one.zoneReply = 6;
    one.invalidReason = 3;
    expect(find(tracker, protocol)).toEqual([NOBODY, NOBODY]);
    const first = made();
    expect(tracker.isSound(first)).toBe(true);
    const entry = tracker.open(first);
    expect([first.ct, first.ctinfo, tracker.births]).toEqual([entry, CtInfo.New, 1]);
    expect([one.table.zone(entry, Direction.Original), one.table.zone(entry, Direction.Reply)]).toEqual([0, 0]);
    expect([one.invalidReason, one.now]).toEqual([0, Math.floor((START_SEC * 1e6) / 4000)]);
    expect(find(tracker, protocol)).toEqual([NOBODY, NOBODY]);
    expect(tracker.confirm(first)).toBe(Verdict.Accept);
    expect(find(tracker, protocol)).toEqual([entry * 2, entry * 2 + 1]);
    expect(find(tracker, protocol === UDP ? TCP : UDP)).toEqual([NOBODY, NOBODY]);
  });

  it('may open while there is room', () => {
    const tracker = new FreshTracker(core({ max: 1 }));
    expect(tracker.mayOpen).toBe(true);
    tracker.open(datagram());
    expect(tracker.mayOpen).toBe(false);
  });

  it('is in doubt once a tuple may be there twice', () => {
    const one = core();
    const tracker = new FreshTracker(one);
    const first = datagram();
    const entry = tracker.open(first);
    one.table.setZones(entry, 1, 0);
    tracker.confirm(first);
    expect(find(tracker, UDP)).toEqual([IN_DOUBT, IN_DOUBT]);
  });

  it('notes the first answer', () => {
    const one = core();
    const tracker = new FreshTracker(one);
    const first = datagram();
    const entry = tracker.open(first);
    tracker.confirm(first);
    const seen = (): boolean => (one.table.status(entry) & Status.SeenReply) !== 0;
    one.invalidReason = 3;
    expect(tracker.follow(Object.assign(datagram(), { ct: entry, ctinfo: CtInfo.New }), entry, Direction.Original)).toBe(true);
    expect([seen(), one.invalidReason]).toEqual([false, 0]);
    expect(tracker.follow(Object.assign(answer(), { ct: entry, ctinfo: CtInfo.EstablishedReply }), entry, Direction.Reply)).toBe(true);
    expect([seen(), one.isJudged]).toEqual([true, false]);
  });

  it('says what it found INVALID, and that it was judged', () => {
    const one = core();
    const tracker = new FreshTracker(one);
    const first = syn();
    expect(tracker.isSound(first)).toBe(true);
    const entry = tracker.open(first);
    tracker.confirm(first);
    const stray = packet(build(ipv4(SERVER, CLIENT), tcp(80, 1000, { flags: S | A, seq: 1, ack: 77_777 })));
    expect(tracker.isSound(stray)).toBe(true);
    expect(tracker.follow(Object.assign(stray, { ct: entry, ctinfo: CtInfo.EstablishedReply }), entry, Direction.Reply)).toBe(false);
    expect([one.isJudged, one.invalidReason === 0]).toEqual([true, false]);
    expect(one.table.status(entry) & Status.SeenReply).toBe(0);
  });
});
