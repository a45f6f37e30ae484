/** The life of entries: references, limits, zones, templates, expiry, and what NAT asks. */
import { describe, expect, it } from 'vitest';
import { CtInfo, Direction, StateBit, Status } from '../../../src/conntrack/ctinfo.ts';
import { Expectation } from '../../../src/conntrack/expect.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { ZoneDirection } from '../../../src/conntrack/zone.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { parseIpv4 } from '../../../src/inet/ipv4.ts';
import { build } from '../../../src/packet/build.ts';
import { icmp, ipv4, ipv6, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { CT_NONE, CT_UNTRACKED, Packet } from '../../../src/packet/packet.ts';
import { ConntrackMachine, packetOf, START_SEC } from '../../support/conntrack-machine.ts';
import { A, F, TcpTalk } from './tcp-talk.ts';

const request = (port = 1000, from = '10.0.0.2'): Uint8Array => build(ipv4(from, '10.1.0.2'), udp(port, 53), payload('x'));
const answer = (port = 1000, to = '10.0.0.2'): Uint8Array => build(ipv4('10.1.0.2', to), udp(53, port), payload('y'));

function replyTuple(port: number): Tuple {
  const tuple = new Tuple();
  tuple.family = 4;
  tuple.protocol = 17;
  tuple.src0 = parseIpv4('10.1.0.2')!;
  tuple.dst0 = parseIpv4('10.0.0.2')!;
  tuple.srcL4 = 53;
  tuple.dstL4 = port;
  return tuple;
}

describe('switched off', () => {
  it('leaves packets alone and makes nothing', () => {
    const machine = new ConntrackMachine();
    machine.conntrack.disable(4);
    expect(machine.pass(request()).state).toBe('INVALID');
    expect(machine.conntrack.count).toBe(0);
    expect(machine.pass(build(ipv6('fd00::2', 'fd01::2'), udp(1, 2), payload('x'))).state).toBe('NEW');
  });
});

describe('references', () => {
  it('free an unconfirmed entry with its last packet, and tell so', () => {
    const machine = new ConntrackMachine();
    const gone: number[] = [];
    machine.conntrack.onDestroy((entry) => gone.push(entry));
    const packet = machine.enter(request());
    const copy = new Packet();
    machine.conntrack.attach(copy, packet.ct, packet.ctinfo);
    const entry = packet.ct;
    machine.conntrack.release(packet);
    expect([machine.conntrack.count, packet.ct, gone]).toEqual([1, -1, []]);
    machine.conntrack.release(copy);
    expect([machine.conntrack.count, gone]).toEqual([0, [entry]]);
  });

  it('keep a killed entry readable until released', () => {
    const machine = new ConntrackMachine();
    machine.pass(request());
    const packet = machine.enter(request());
    const { conntrack } = machine;
    conntrack.setMark(packet.ct, 7);
    conntrack.kill(packet.ct);
    expect(conntrack.mark(packet.ct)).toBe(7);
    expect(conntrack.dump(0)).toEqual([]);
    expect(machine.pass(answer()).state).toBe('NEW');
    conntrack.release(packet);
    expect(conntrack.count).toBe(1);
  });

  it('hold nothing for untracked packets', () => {
    const { conntrack } = new ConntrackMachine();
    const packet = packetOf(request());
    conntrack.setUntracked(packet);
    expect(conntrack.stateBit(packet)).toBe(StateBit.Untracked);
    conntrack.release(packet);
    expect(conntrack.stateBit(packet)).toBe(StateBit.Invalid);
  });

  it('are given up by a packet that is not to be tracked any more, template and all', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const packet = machine.enter(request());
    packet.ctTemplate = conntrack.template({ zone: 3 });
    expect([packet.ct, conntrack.count]).toEqual([0, 1]);
    conntrack.setUntracked(packet);
    expect([packet.ct, packet.ctTemplate, conntrack.count]).toEqual([CT_UNTRACKED, 0, 0]);
    // and by one that is given another
    const other = machine.enter(request(1001));
    const third = machine.enter(request(1002));
    conntrack.attach(other, third.ct, CtInfo.New);
    expect([other.ct, conntrack.count]).toEqual([third.ct, 1]);
    conntrack.release(third);
    expect(conntrack.count).toBe(1);
    conntrack.attach(other, CT_NONE, CtInfo.New);
    expect([other.ct, other.ctinfo, conntrack.count]).toEqual([CT_NONE, CtInfo.Untracked, 0]);
  });
});

describe('the reason of an INVALID packet', () => {
  it('is forgotten with the next packet', () => {
    const machine = new ConntrackMachine();
    expect(machine.pass(build(ipv4('10.0.0.2', '10.1.0.2'), tcp(1, 2, { flags: F }))).invalid).not.toBe('');
    expect(machine.pass(request()).invalid).toBe('');
  });
});

describe('answers of the host', () => {
  it('are RELATED in the opposite direction, and confirm nothing', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const offender = machine.enter(request());
    const reply = packetOf(build(ipv4('10.0.0.1', '10.0.0.2'), icmp(3, 3), payload(request())));
    conntrack.relate(reply, offender);
    expect([reply.ct, reply.ctinfo]).toEqual([offender.ct, CtInfo.RelatedReply]);
    expect(conntrack.stateBit(reply)).toBe(StateBit.Related);
    reply.nowUs = offender.nowUs;
    expect(machine.hooks4.run(Hook.Postrouting, reply)).toBe(Verdict.Accept);
    expect(conntrack.isConfirmed(offender.ct)).toBe(false);
    conntrack.release(reply);
    conntrack.release(offender);
    expect(conntrack.count).toBe(0);
  });

  it('close a connection they reset', () => {
    const machine = new ConntrackMachine();
    const syn = build(ipv4('10.0.0.2', '10.1.0.2'), tcp(1, 2, { flags: 2, seq: 5 }));
    machine.pass(syn);
    const offender = machine.enter(syn);
    machine.conntrack.forceClose(offender);
    expect(machine.conntrack.dump(0)).toMatchObject([{ state: 'CLOSE', timeoutSec: 10 }]);
  });
});

describe('a clock that jumps', () => {
  const DAY = 86_400;
  const at = (seconds: number): { at: number } => ({ at: seconds });

  it.each([30, 60, 400])('by %i days: ends what is over, and nothing else', (days) => {
    const lasting = 500 * DAY;
    const machine = new ConntrackMachine({ timeout: (name, byDefault) => (name === 'tcp_timeout_established' ? 92 * DAY : byDefault) });
    const talk = new TcpTalk(machine);
    talk.open();
    talk.c(A, 101, { ack: 501 });
    machine.pass(request());
    machine.pass(request(1001), at(days * DAY));
    expect(machine.conntrack.dump((START_SEC + days * DAY) * 1e6).map(({ protocol, original }) => [protocol, original.sourceL4])).toEqual(
      days < 92
        ? [
            [6, 1000],
            [17, 1001],
          ]
        : [[17, 1001]],
    );
    // and what lasts for years is not taken for long gone
    machine.pass(request(1002), at(lasting));
    expect(machine.conntrack.dump((START_SEC + lasting) * 1e6)).toHaveLength(1);
  });
});

describe('time', () => {
  it('ends an entry with its timeout, to the jiffy', () => {
    const machine = new ConntrackMachine();
    machine.pass(request(), { at: 0 });
    expect(machine.pass(request(), { at: 29.9 }).state).toBe('NEW');
    expect(machine.conntrack.count).toBe(1);
    expect(machine.conntrack.packets(machine.conntrack.dump(0)[0]!.entry, Direction.Original)).toBe(2);
    machine.pass(answer(), { at: 59.9 });
    expect(machine.conntrack.dump(0)).toHaveLength(1);
    expect(machine.conntrack.dump(0)[0]!.original.source).toBe('10.1.0.2');
  });

  it('makes a UDP flow a stream two seconds after it began', () => {
    const machine = new ConntrackMachine();
    machine.pass(request(), { at: 0 });
    machine.pass(answer(), { at: 1 });
    expect(machine.pass(request(), { at: 2 })).toMatchObject({ timeoutSec: 30, assured: false });
    expect(machine.pass(answer(), { at: 2.004 })).toMatchObject({ timeoutSec: 120, assured: true });
  });

  it('never runs backwards', () => {
    const machine = new ConntrackMachine();
    machine.pass(request(), { at: 100 });
    expect(machine.pass(answer(), { at: 5 }).state).toBe('ESTABLISHED');
    expect(machine.pass(request(), { at: 129 }).state).toBe('ESTABLISHED');
    expect(machine.pass(request(), { at: 300 }).state).toBe('NEW');
  });

  it('comes from the sysctls', () => {
    const machine = new ConntrackMachine({ timeout: (name, byDefault) => (name === 'udp_timeout' ? 5 : byDefault) });
    expect(machine.pass(request()).timeoutSec).toBe(5);
  });
});

describe('the limit', () => {
  it('is never exceeded; what is not ASSURED gives way', () => {
    const machine = new ConntrackMachine({ max: 50 });
    let dropped = 0;
    for (let port = 1; port <= 500; port++) {
      if (machine.pass(request(port)).verdict === Verdict.Drop) dropped++;
      expect(machine.conntrack.count).toBeLessThanOrEqual(50);
    }
    const { stats } = machine.conntrack;
    expect(stats.earlyDrop + stats.drop).toBe(450);
    expect(stats.drop).toBe(dropped);
    expect(stats.earlyDrop).toBeGreaterThan(0);
  });

  it('drops newcomers when all are ASSURED, and the ASSURED survive', () => {
    const machine = new ConntrackMachine({ max: 20 });
    for (let port = 1; port <= 20; port++) {
      machine.pass(request(port), { at: 0 });
      machine.pass(answer(port), { at: 0 });
    }
    for (let port = 1; port <= 20; port++) machine.pass(request(port), { at: 3 });
    for (let port = 100; port < 200; port++) expect(machine.pass(request(port), { at: 4 }).verdict).toBe(Verdict.Drop);
    for (let port = 1; port <= 20; port++) expect(machine.pass(answer(port), { at: 5 }).state).toBe('ESTABLISHED');
  });

  it('lets ASSURED connections that are about to close give way, a second later and up to 95 of 100', () => {
    const machine = new ConntrackMachine({ max: 20 });
    const talk = new TcpTalk(machine);
    talk.open();
    talk.c(F | A, 101, { ack: 501 });
    talk.s(F | A, 501, { ack: 102 });
    expect(talk.c(A, 102, { ack: 502 })).toMatchObject({ tcp: 'TIME_WAIT', assured: true });
    for (let port = 1; port < 20; port++) {
      machine.pass(request(port), { at: 0 });
      machine.pass(answer(port), { at: 0 });
    }
    for (let port = 1; port < 20; port++) machine.pass(request(port), { at: 3 });
    expect(machine.conntrack.count).toBe(20);
    expect(machine.pass(request(100), { at: 4 }).verdict).toBe(Verdict.Drop);
    expect(machine.pass(request(100), { at: 4.5 }).verdict).toBe(Verdict.Drop);
    expect(machine.pass(request(100), { at: 5 }).verdict).toBe(Verdict.Accept);
    expect(machine.conntrack.dump((START_SEC + 5) * 1e6).map(({ protocol }) => protocol)).toEqual(Array(20).fill(17));
  });

  it('makes room of expired entries first', () => {
    const machine = new ConntrackMachine({ max: 20 });
    for (let port = 1; port <= 20; port++) machine.pass(request(port), { at: 0 });
    expect(machine.pass(request(100), { at: 31 }).verdict).toBe(Verdict.Accept);
    expect(machine.conntrack.stats.earlyDrop).toBe(0);
  });
});

describe('zones', () => {
  it('keep equal tuples apart', () => {
    const machine = new ConntrackMachine();
    const one = machine.conntrack.template({ zone: 1 });
    const two = machine.conntrack.template({ zone: 2 });
    machine.pass(request(), { template: one });
    expect(machine.pass(answer(), { template: two }).state).toBe('NEW');
    expect(machine.pass(answer()).state).toBe('NEW');
    expect(machine.pass(answer(), { template: one }).state).toBe('ESTABLISHED');
    expect(machine.conntrack.count).toBe(3);
  });

  it('of the original direction only leave the answer in zone 0', () => {
    const machine = new ConntrackMachine();
    const template = machine.conntrack.template({ zone: 1, zoneDirections: ZoneDirection.Original });
    const { entry } = machine.pass(request(), { template });
    expect([machine.conntrack.zone(entry, Direction.Original), machine.conntrack.zone(entry, Direction.Reply)]).toEqual([1, 0]);
    expect(machine.pass(answer()).state).toBe('ESTABLISHED');
    expect(machine.pass(answer(), { template })).toMatchObject({ state: 'ESTABLISHED', direction: 'reply' });
    expect(machine.pass(request(), { template }).state).toBe('ESTABLISHED');
    expect(machine.pass(request()).state).toBe('NEW');
    // its own flow, though the zone of its answers has one with this tuple
    const other = new ConntrackMachine();
    other.conntrack.template({ zone: 1, zoneDirections: ZoneDirection.Original });
    expect(other.pass(request()).entry).toBe(0);
    expect(other.pass(request(), { template }).entry).toBe(1);
  });

  it('may be the packet mark', () => {
    const machine = new ConntrackMachine();
    const template = machine.conntrack.template({ zoneFromMark: true });
    const { entry } = machine.pass(request(), { template, mark: 0x10007 });
    expect(machine.conntrack.zone(entry, Direction.Original)).toBe(7);
  });
});

describe('what NAT asks', () => {
  it('finds, alters and tests reply tuples', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const packet = machine.enter(request());
    const changed = replyTuple(2000);
    conntrack.alterReply(packet.ct, changed);
    machine.leave(packet);
    expect(conntrack.readTuple(packet.ct, Direction.Reply, new Tuple())).toEqual(changed);
    expect(conntrack.find(changed, 0)).toBe(packet.ct);
    expect(conntrack.foundDirection).toBe(Direction.Reply);
    expect(conntrack.find(replyTuple(1000), 0)).toBe(-1);
    expect(machine.pass(answer(2000)).state).toBe('ESTABLISHED');
    const other = machine.enter(request(3000));
    expect(conntrack.isTaken(changed, other.ct)).toBe(true);
    expect(conntrack.isTaken(changed, packet.ct)).toBe(false);
    expect(conntrack.isTaken(replyTuple(3000), other.ct)).toBe(false);
  });

  it('loses a packet whose reply tuple another flow took meanwhile', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    machine.leave(machine.enter(request(1000)));
    const second = machine.enter(request(1001));
    conntrack.alterReply(second.ct, replyTuple(1000));
    expect(machine.leave(second).verdict).toBe(Verdict.Drop);
    expect(conntrack.stats).toMatchObject({ insertFailed: 1, drop: 1, clashResolve: 0 });
  });

  it('joins two first packets of one flow', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const first = machine.enter(request());
    const second = machine.enter(request());
    machine.leave(first);
    expect(machine.leave(second)).toMatchObject({ verdict: Verdict.Accept, entry: first.ct });
    expect(conntrack.stats.clashResolve).toBe(1);
    expect(conntrack.packets(first.ct, Direction.Original)).toBe(2);
    conntrack.release(first);
    conntrack.release(second);
    expect(conntrack.count).toBe(1);
  });

  it('keeps only the reply tuple, for a second, of a datagram flow translated differently', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const first = machine.enter(request());
    const second = machine.enter(request());
    machine.leave(first);
    conntrack.alterReply(second.ct, replyTuple(2000));
    expect(machine.leave(second).verdict).toBe(Verdict.Accept);
    expect(conntrack.dump(0)).toHaveLength(1);
    expect(conntrack.find(replyTuple(2000), 0)).toBe(second.ct);
    expect(conntrack.status(second.ct) & Status.NatClash).not.toBe(0);
    conntrack.release(second);
    expect(machine.pass(answer(2000), { at: 0.9 }).state).toBe('ESTABLISHED');
    expect(machine.pass(answer(2000), { at: 1.1 }).state).toBe('NEW');
  });

  it('has no such way out for TCP', () => {
    const machine = new ConntrackMachine();
    const syn = build(ipv4('10.0.0.2', '10.1.0.2'), tcp(1, 2, { flags: 2, seq: 5 }));
    const first = machine.enter(syn);
    const second = machine.enter(syn);
    machine.leave(first);
    expect(machine.leave(second).verdict).toBe(Verdict.Drop);
  });
});

describe('expectations', () => {
  it('make a RELATED connection with a master, its mark, and are used up', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const master = machine.pass(request()).entry;
    conntrack.setMark(master, 9);
    const expectation = new Expectation();
    expectation.tuple.copyFrom(replyTuple(4000));
    expectation.mask.src0 = -1;
    expectation.master = master;
    expect(conntrack.expect(expectation, 1, 300)).toBe(0);
    const data = build(ipv4('10.1.0.2', '10.0.0.2'), udp(53, 4000), payload('x'));
    const fate = machine.pass(data);
    expect(fate.state).toBe('RELATED');
    expect(conntrack.master(fate.entry)).toBe(master);
    expect(conntrack.mark(fate.entry)).toBe(9);
    expect(conntrack.status(fate.entry) & Status.Expected).not.toBe(0);
    expect(conntrack.expectations()).toEqual([]);
    expect(machine.pass(build(ipv4('10.1.0.2', '10.0.0.2'), udp(54, 4000), payload('x'))).state).toBe('NEW');
  });

  it('end with their master and with time', () => {
    const machine = new ConntrackMachine();
    const { conntrack } = machine;
    const announce = (port: number, timeoutSec: number, master: number): void => {
      const expectation = new Expectation();
      expectation.tuple.copyFrom(replyTuple(port));
      expectation.mask.src0 = -1;
      expectation.master = master;
      conntrack.expect(expectation, 0, timeoutSec);
    };
    const master = machine.pass(request(), { at: 0 }).entry;
    announce(4000, 10, master);
    announce(4001, 300, master);
    machine.pass(request(), { at: 11 });
    expect(machine.pass(build(ipv4('10.1.0.2', '10.0.0.2'), udp(53, 4000), payload('x')), { at: 11 }).state).toBe('NEW');
    conntrack.kill(master);
    expect(conntrack.expectations()).toEqual([]);
  });
});

describe('labels', () => {
  it('are kept by bit', () => {
    const machine = new ConntrackMachine();
    const { entry } = machine.pass(request());
    machine.conntrack.setLabel(entry, 127);
    machine.conntrack.setLabel(entry, 3);
    expect([3, 4, 127].map((bit) => machine.conntrack.hasLabel(entry, bit))).toEqual([true, false, true]);
    expect(machine.conntrack.labels(entry)).toEqual(Int32Array.of(8, 0, 0, 1 << 31));
  });
});
