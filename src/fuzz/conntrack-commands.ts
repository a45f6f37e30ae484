/**
 * Connection tracking against a model of a few lines: fast-check commands that send datagrams either way and let time pass, and hold
 * after each what state the packet was given and how many connections there are.
 *
 *   fc.assert(fc.property(conntrackCommands(), (commands) =>
 *     fc.modelRun(() => ({ model: new ConntrackModel(), real: new ConntrackUnderTest() }), commands)));
 *
 * The model is UDP's: unanswered for 30 s, answered for 30 s, and for 120 s once it has been answered and is over two seconds old.
 * @module
 */
import fc from 'fast-check';
import type { Host } from '../host/host.ts';
import { plainRouter } from '../host/plain-router.ts';
import { build } from '../packet/build.ts';
import { ipv4, payload, udp } from '../packet/build-layers.ts';
import { LinkType } from '../packet/link-type.ts';
import type { StateName } from '../replay/result.ts';
import { Observer } from './observe.ts';
import { BEGIN_US } from './play.ts';

const UNREPLIED_MS = 30_000;
const STREAM_MS = 120_000;
const STREAM_AGE_MS = 2000;
/** The kernel counts in ticks of 4 ms; times here are far from where that matters. */
const TICK_MS = 4;

interface Entry {
  readonly sinceMs: number;
  answered: boolean;
  expiresMs: number;
}

/** What connection tracking should hold: entries by the two ends of their first packet. */
export class ConntrackModel {
  nowMs = 0;
  readonly entries: Map<string, Entry> = new Map();

  /** The state a datagram has, and what it leaves behind. */
  send(from: string, to: string): StateName {
    this.expire();
    const asked = this.entries.get(`${from} ${to}`);
    const answering = this.entries.get(`${to} ${from}`);
    const entry = asked ?? answering;
    if (entry === undefined) {
      this.entries.set(`${from} ${to}`, { sinceMs: this.nowMs, answered: false, expiresMs: this.nowMs + UNREPLIED_MS });
      return 'NEW';
    }
    const isStream = entry.answered && this.nowMs - entry.sinceMs > STREAM_AGE_MS;
    entry.expiresMs = this.nowMs + (isStream ? STREAM_MS : UNREPLIED_MS);
    if (asked === undefined) entry.answered = true;
    return entry.answered ? 'ESTABLISHED' : 'NEW';
  }

  /** Connections that live. */
  get size(): number {
    this.expire();
    return this.entries.size;
  }

  private expire(): void {
    for (const [key, { expiresMs }] of this.entries) if (expiresMs <= this.nowMs) this.entries.delete(key);
  }
}

/** A router that tracks connections, driven by the commands. */
export class ConntrackUnderTest {
  private readonly observer: Observer;
  private nowMs = 0;

  constructor(host: Host = plainRouter()) {
    this.observer = new Observer({ host, rules: [] });
    this.observer.machine.trackConnections(4);
  }

  wait(ms: number): void {
    this.nowMs += ms;
  }

  /** Send a datagram; answers the state it was given. */
  send(from: string, to: string): StateName | null {
    const end = (text: string): readonly [string, number] => [text.slice(0, text.indexOf(':')), Number(text.slice(text.indexOf(':') + 1))];
    const [source, sourcePort] = end(from);
    const [destination, destinationPort] = end(to);
    const frame = build(ipv4(source, destination), udp(sourcePort, destinationPort), payload('x'));
    return this.observer.put({ device: 1, frame, linkType: LinkType.Raw, nowUs: this.nowUs }).state;
  }

  get size(): number {
    return this.observer.machine.conntrack.dump(this.nowUs).length;
  }

  private get nowUs(): number {
    return BEGIN_US + 1000 * this.nowMs;
  }
}

/** One step of a run. */
export type ConntrackAction = fc.Command<ConntrackModel, ConntrackUnderTest>;

class Send implements ConntrackAction {
  private readonly from: string;
  private readonly to: string;

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  check(): boolean {
    return true;
  }

  run(model: ConntrackModel, real: ConntrackUnderTest): void {
    const wanted = model.send(this.from, this.to);
    const state = real.send(this.from, this.to);
    if (state !== wanted) throw new Error(`${this.toString()} is ${state ?? 'untracked'}, not ${wanted}`);
    if (real.size !== model.size) throw new Error(`${real.size} connections behind ${this.toString()}, not ${model.size}`);
  }

  toString(): string {
    return `send(${this.from} > ${this.to})`;
  }
}

class Wait implements ConntrackAction {
  private readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  check(): boolean {
    return true;
  }

  run(model: ConntrackModel, real: ConntrackUnderTest): void {
    model.nowMs += this.ms;
    real.wait(this.ms);
  }

  toString(): string {
    return `wait(${this.ms} ms)`;
  }
}

const CLIENTS = ['10.0.0.1:1000', '10.0.0.1:1001', '10.0.0.2:1000'];
const SERVERS = ['192.0.2.1:53', '192.0.2.2:53'];

/** Sequences of datagrams between few ends, and waits around the timeouts. */
export function conntrackCommands(): fc.Arbitrary<Iterable<ConntrackAction>> {
  const ends = fc.tuple(fc.constantFrom(...CLIENTS), fc.constantFrom(...SERVERS));
  return fc.commands(
    [
      ends.map(([client, server]) => new Send(client, server)),
      ends.map(([client, server]) => new Send(server, client)),
      // beside the timeouts, never on a tick of theirs
      fc.constantFrom(100, 1500, 2500, 20_500, 29_500, 30_500, 119_500, 120_500).map((ms) => new Wait(ms + TICK_MS / 2)),
    ],
    { maxCommands: 40 },
  );
}
