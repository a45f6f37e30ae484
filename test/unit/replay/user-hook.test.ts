import { describe, expect, it } from 'vitest';
import { parseHost } from '../../../src/host/host-json.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { Priority } from '../../../src/hook/priority.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, payload, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { Machine } from '../../../src/replay/machine.ts';
import { UdpView } from '../../../src/wire/udp.ts';
import { Router } from '../../support/router.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.0.1.1/24'] },
  ],
};
const question = [ipv4('10.0.0.2', '10.0.1.2'), udp(1000, 53), payload('question')] as const;
const family = 4;
/** The clock of Router. */
const NOW_US = 1_767_225_600e6;

function frame(into: Packet, port = 1000, to = 53): Packet {
  const octets = build(
    ethernet('02:00:00:00:00:01', '02:00:00:00:00:99'),
    ipv4('10.0.0.2', '10.0.1.2'),
    udp(port, to),
    payload('question'),
  );
  into.reset();
  into.blank(octets.length);
  into.bytes.set(octets, into.start);
  into.nowUs = NOW_US;
  decode(into, LinkType.Ethernet);
  return into;
}

describe("functions of one's own at a hook", () => {
  it('run in order of priority, among the tables', () => {
    const router = new Router(HOST, '*raw\n-A PREROUTING\nCOMMIT\n*filter\n-A FORWARD\nCOMMIT\n');
    const order: string[] = [];
    const note = (hook: Hook, priority: number, name: string): void => {
      router.machine.registerHook({ family, hook, priority, name, run: () => (order.push(name), Verdict.Accept) });
    };
    note(Hook.Forward, Priority.Filter + 1, 'behind filter');
    note(Hook.Prerouting, Priority.Raw - 1, 'before raw');
    note(Hook.Prerouting, Priority.Raw + 1, 'behind raw');
    note(Hook.Forward, Priority.Filter - 1, 'before filter');
    note(Hook.Postrouting, 0, 'first of two');
    note(Hook.Postrouting, 0, 'second of two');
    expect(router.arrive('eth0', ...question).verdict).toBe('forwarded');
    // Among equals the one registered last runs first, as in the kernel.
    expect(order).toEqual(['before raw', 'behind raw', 'before filter', 'behind filter', 'second of two', 'first of two']);
  });

  it('run before and behind a table that drops', () => {
    const router = new Router(HOST, '-A FORWARD -j DROP');
    const order: string[] = [];
    for (const offset of [-1, 1]) {
      router.machine.registerHook({
        family,
        hook: Hook.Forward,
        priority: Priority.Filter + offset,
        name: `${offset}`,
        run: () => (order.push(`${offset}`), Verdict.Accept),
      });
    }
    expect(router.arrive('eth0', ...question).verdict).toBe('dropped');
    expect(order).toEqual(['-1']);
  });

  it('see no other family, and nothing once they are taken away', () => {
    const router = new Router(HOST);
    let calls = 0;
    const hook = { hook: Hook.Prerouting, priority: 0, name: 'count', run: () => (calls++, Verdict.Accept) };
    const remove = router.machine.registerHook({ family: 4, ...hook });
    router.machine.registerHook({ family: 6, ...hook, run: () => Verdict.Drop });
    router.arrive('eth0', ...question);
    remove();
    expect(router.arrive('eth0', ...question).verdict).toBe('forwarded');
    expect(calls).toBe(1);
  });

  it('Drop ends the packet, by no rule', () => {
    const router = new Router(HOST, '-A FORWARD -j ACCEPT');
    router.machine.registerHook({ family, hook: Hook.Forward, priority: -1, name: 'no', run: () => Verdict.Drop });
    const walk = router.arrive('eth0', ...question);
    expect([walk.verdict, walk.at, walk.reason, walk.rule]).toEqual(['dropped', 'FORWARD', 'NETFILTER_DROP', null]);
  });

  it('Stolen: the function has the packet, the machine forgets it', () => {
    const router = new Router(HOST);
    router.machine.registerHook({ family, hook: Hook.Forward, priority: 0, name: 'mine', run: () => Verdict.Stolen });
    const walk = router.arrive('eth0', ...question);
    expect([walk.verdict, walk.reason, walk.path, walk.out]).toEqual(['stolen', '', ['PREROUTING', 'FORWARD'], []]);
  });

  it('Repeat calls the same function once more, and no other', () => {
    const router = new Router(HOST);
    const order: string[] = [];
    let left = 3;
    router.machine.registerHook({ family, hook: Hook.Forward, priority: -5, name: 'a', run: () => (order.push('a'), Verdict.Accept) });
    router.machine.registerHook({
      family,
      hook: Hook.Forward,
      priority: 5,
      name: 'b',
      run: () => (order.push('b'), left-- > 0 ? Verdict.Repeat : Verdict.Accept),
    });
    expect(router.arrive('eth0', ...question).verdict).toBe('forwarded');
    expect(order).toEqual(['a', 'b', 'b', 'b', 'b']);
  });

  it('Repeat without end is a drop, not a hang', () => {
    const router = new Router(HOST);
    router.machine.registerHook({ family, hook: Hook.Forward, priority: 0, name: 'again', run: () => Verdict.Repeat });
    expect(router.arrive('eth0', ...question).verdict).toBe('dropped');
  });

  it('may change the packet', () => {
    const router = new Router(HOST);
    const view = new UdpView();
    router.machine.registerHook({
      family,
      hook: Hook.Forward,
      priority: 0,
      name: 'port',
      run(packet) {
        packet.makeWritable();
        view.at(packet.view, packet.transport).rewriteDstPort(5353);
        return Verdict.Accept;
      },
    });
    expect(router.arrive('eth0', ...question).out[0]).toMatch(/^eth1 IP 10\.0\.0\.2\.1000 > 10\.0\.1\.2\.5353: UDP, length 8$/);
  });
});

describe('a packet that was queued', () => {
  /** A machine that tracks connections and asks about what it forwards. */
  function asking(rules = ''): { router: Router; machine: Machine; order: string[] } {
    const router = new Router(HOST, rules);
    const { machine } = router;
    machine.trackConnections(4);
    const order: string[] = [];
    machine.registerHook({ family, hook: Hook.Forward, priority: 10, name: 'ask', run: () => (order.push('ask'), Verdict.Queue) });
    machine.registerHook({ family, hook: Hook.Forward, priority: 20, name: 'behind', run: () => (order.push('behind'), Verdict.Accept) });
    return { router, machine, order };
  }

  it('waits, and goes on behind the function that asked when it is accepted', () => {
    const { machine, order, router } = asking();
    const packet = frame(new Packet());
    const waiting = machine.receive(packet, 'eth0').snapshot();
    expect([waiting.verdict, waiting.at, order]).toEqual(['queued', 'FORWARD', ['ask']]);
    expect(router.connections()).toEqual([]); // not confirmed before it leaves
    expect(machine.resume(packet, Verdict.Accept).verdict).toBe('forwarded');
    expect(order).toEqual(['ask', 'behind']);
    expect(router.connections().length).toBe(1);
  });

  it('ends when the answer is Drop, and leaves no connection behind', () => {
    const { machine, order, router } = asking();
    const packet = frame(new Packet());
    machine.receive(packet, 'eth0');
    expect(machine.resume(packet, Verdict.Drop).verdict).toBe('dropped');
    expect(order).toEqual(['ask']);
    expect([router.connections(), machine.conntrack.count]).toEqual([[], 0]);
  });

  it('is asked about again for Repeat', () => {
    const { machine, order } = asking();
    const packet = frame(new Packet());
    machine.receive(packet, 'eth0');
    expect(machine.resume(packet, Verdict.Repeat).verdict).toBe('queued');
    expect(machine.resume(packet, Verdict.Accept).verdict).toBe('forwarded');
    expect(order).toEqual(['ask', 'ask', 'behind']);
  });

  it('is kept while the object carries others', () => {
    const { machine, router } = asking();
    const shared = new Packet();
    const waiting = [1001, 1002, 1003].map((port) => {
      expect(machine.receive(frame(shared, port), 'eth0').verdict).toBe('queued');
      return machine.keep(shared);
    });
    for (const packet of waiting.reverse()) expect(machine.resume(packet, Verdict.Accept).verdict).toBe('forwarded');
    expect(router.connections().map((line) => /sport=(\d+)/.exec(line)?.[1])).toEqual(['1001', '1002', '1003']);
  });

  it('draws random numbers of its own, whatever way others went meanwhile', () => {
    const rules = [
      '*mangle\n-A POSTROUTING -p udp -m udp --dport 53 -m statistic --mode random --probability 0.5 -j DROP\nCOMMIT',
      '*filter\n-A FORWARD -p udp -m udp --dport 53 -j NFQUEUE --queue-num 3\nCOMMIT\n',
    ].join('\n');
    const verdicts = (short: boolean): string[] => {
      const machine = new Machine(parseHost(HOST, 'host.json'), { queues: [3] });
      machine.attach(parseRules(rules, { file: 'rules', family: 4 }));
      machine.trackConnections(4);
      machine.engine.flows.enabled = short;
      const told = Array.from({ length: 40 }, (_, i) => {
        const packet = frame(new Packet(), 2000 + i);
        expect(machine.receive(packet, 'eth0').verdict).toBe('queued');
        for (let k = 0; k <= i % 3; k++) expect(machine.receive(frame(new Packet(), 9, 7), 'eth0').verdict).toBe('forwarded');
        return machine.resume(packet, Verdict.Accept).verdict;
      });
      expect(machine.engine.flows.taken > 0).toBe(short);
      return told;
    };
    expect(verdicts(true)).toEqual(verdicts(false));
    expect(new Set(verdicts(true))).toEqual(new Set(['forwarded', 'dropped']));
  });

  it('NFQUEUE does the same where somebody listens', () => {
    const router = new Router(HOST, '-A FORWARD -j NFQUEUE --queue-num 3\n-A FORWARD -j DROP', { queues: [3] });
    const packet = frame(new Packet());
    expect(router.machine.receive(packet, 'eth0').verdict).toBe('queued');
    expect(packet.queue).toBe(3);
    expect(router.machine.resume(packet, Verdict.Accept).verdict).toBe('forwarded');
  });
});
