/**
 * A capture through an engine: packets in order of time, each with its interface, and a count of what became of them.
 * @module
 */
import { StateBit } from '../conntrack/ctinfo.ts';
import { Engine } from '../engine/engine.ts';
import { FramePath } from '../engine/frame-path.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { Host } from '../host/host.ts';
import type { AsPeer } from '../nat/as-peer.ts';
import { decode, decodeNetwork } from '../packet/decode.ts';
import { Fault } from '../packet/fault.ts';
import { FrameBatch } from '../packet/frame-batch.ts';
import { LinkType } from '../packet/link-type.ts';
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';
import { ClosedLoop } from './closed-loop.ts';
import { FrameIngress, ingressOf, SENT_BY_HOST, UNKNOWN_INTERFACE } from './ingress.ts';
import { Schedule, type Source } from './schedule.ts';
import { ReplayStats } from './stats.ts';

/** What takes the packets: an Engine, or Worlds of them. */
export interface Taker {
  readonly host: Host;
  /** Whether the last packet has no one verdict to be counted. */
  readonly undecided?: boolean;
  /** Number of the packet that comes next: random choices hang on it. */
  turn?: number;
  receive(packet: Packet): Outcome;
  send(packet: Packet): Outcome;
}

/** Which packets are this replay's own, where others take the rest. Asked for every packet, in order. */
export interface Share {
  /** Whether all that comes is the replay's own already. */
  readonly isDealt: boolean;
  /** Take other's frames out of a batch (FrameBatch.leaveOut), where it is known that they are. */
  sift(batch: FrameBatch): void;
  /** Whether a packet that is not decoded yet belongs to others; false: it has to be decoded, and owns() be asked. */
  isForeign(packet: Packet, linkType: number): boolean;
  /** The same of a decoded packet. */
  owns(packet: Packet, local: boolean): boolean;
  /** The flow of the own packet at hand comes under watch of the closed loop: see ClosedLoop.onWatch. */
  watches(bucket: number, protocol: number): void;
}

export interface ReplayOptions {
  readonly sources: readonly Source[];
  /** Interface for packets that tell none; 0: none; 'sides': a plain router's inside or outside, by the source address. */
  readonly fallback: number | 'sides';
  /** Rewrites answers that no translating router would receive (--replies translate), or only tells of them. */
  readonly replies?: Replies | undefined;
  /** Marks packets that would not have happened, or leaves them out; absent: none is looked for. */
  readonly loop?: 'marked' | 'left out' | undefined;
  /**
   * Which packets are told: counted, and handed to onPacket. Asked for each one as the capture delivered it, before its layers
   * are known. All packets go through the engine, told or not.
   */
  readonly select?: ((packet: ReadonlyPacket, linkType: number) => boolean) | undefined;
  /** Called before the machine has a packet, as it will get it. */
  readonly beforePacket?: ((packet: Packet) => void) | undefined;
  /** Called after each packet; `from` is the interface number, 0 for a local one. Both objects are reused. */
  readonly onPacket?: (packet: Packet, outcome: Outcome, from: number) => void;
  /** Absent: all packets are its own. */
  readonly share?: Share;
}

/** What is done with answers to the original address of a translated connection. */
export interface Replies {
  readonly asPeer: AsPeer;
  readonly translate: boolean;
}

/** Names of what is no IP and needs no hook, by EtherType. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [-1, 'IEEE 802.3'],
  [0x0806, 'ARP'],
  [0x8035, 'RARP'],
  [0x88cc, 'LLDP'],
  [0x8863, 'PPPoE'],
  [0x8864, 'PPPoE'],
  [0x888e, 'EAPOL'],
]);

const ETHERNET = LinkType.Ethernet;

/** Run everything through the engine. Damage at a capture's end is on its reader afterwards. */
export function replay(engine: Taker, options: ReplayOptions): ReplayStats {
  const run = new Replay(engine, options);
  while (run.step(Number.MAX_SAFE_INTEGER));
  return run.stats;
}

/** Whether nobody looks at single packets. */
function isBlind({ onPacket, beforePacket, select }: ReplayOptions): boolean {
  return onPacket === undefined && beforePacket === undefined && select === undefined;
}

/** A replay that goes on as far as it is told, so that whoever runs it can look around in between. */
export class Replay {
  readonly stats: ReplayStats = new ReplayStats();
  /** Whether the packet on its way is told. */
  telling = true;
  private readonly engine: Taker;
  private readonly options: ReplayOptions;
  private readonly schedule: Schedule;
  private readonly share: Share | null;
  /** Whether the packet at hand was rewritten as its peer would have sent it. */
  translated = false;
  /** Whether the packet at hand would not have happened. */
  unreal = false;
  private readonly replies: Replies | null;
  private readonly loop: ClosedLoop | null;
  /** Takes frames undecoded, where nobody wants to see them; null: everything is decoded. */
  private readonly frames: FramePath | null;
  private readonly ingress: FrameIngress;
  /** The next frames, and how many of them have been met. */
  private readonly batch: FrameBatch = new FrameBatch();
  private met = 0;
  private index = 0;
  private lastName = '';
  private lastNumber = 0;

  constructor(engine: Taker, options: ReplayOptions) {
    this.engine = engine;
    this.options = options;
    this.schedule = new Schedule(options.sources);
    this.share = options.share ?? null;
    this.replies = options.replies ?? null;
    this.loop = options.loop === undefined ? null : new ClosedLoop();
    if (this.loop !== null) this.loop.onWatch = this.share === null ? null : (bucket, protocol) => this.share!.watches(bucket, protocol);
    this.ingress = new FrameIngress(engine.host, options.fallback);
    this.frames = engine instanceof Engine && isBlind(options) ? new FramePath(engine) : null;
  }

  /** Number of the next packet. */
  get position(): number {
    return this.index;
  }

  /** When the next packet comes, microseconds since the epoch; Infinity at the end. */
  get nextUs(): number {
    return this.schedule.peek();
  }

  /** Take up to `packets` more, none that came later than `untilUs`; false at the end of the captures, or of that time. */
  step(packets: number, untilUs: number = Number.POSITIVE_INFINITY): boolean {
    const { schedule } = this;
    const isOpen = untilUs === Number.POSITIVE_INFINITY && this.frames?.isOpen === true;
    for (let left = packets; left > 0; left--) {
      if (isOpen) {
        left -= this.takeFrames(left);
        if (left === 0) return true;
      } else if (untilUs !== Number.POSITIVE_INFINITY && schedule.peek() > untilUs) return false;
      const item = schedule.next();
      if (item === null) return false;
      this.take(item);
    }
    return true;
  }

  /** Frames that go the short way undecoded, up to `most`, in front of the next packet that has to be decoded; how many there were. */
  private takeFrames(most: number): number {
    const { schedule, batch, stats, share } = this;
    const frames = this.frames!;
    const source = schedule.onlySource;
    if (source === null || source.local || this.loop?.watches === true) return 0;
    const { capture } = source;
    let taken = 0;
    for (;;) {
      if (!capture.isNext(batch, this.met)) {
        this.met = 0;
        if (capture.ahead(batch) === 0) return taken;
        batch.first = this.index;
        if (batch.linkType !== ETHERNET) {
          batch.count = 0;
          return taken;
        }
        if (share?.isDealt === false) share.sift(batch);
        frames.prepare(batch, this.ingress, source.indev !== 0 ? source.indev : this.numberOf(batch.interfaceName));
      }
      const from = this.met;
      const to = frames.run(batch, from, Math.min(batch.count, from + most - taken));
      if (to > from) {
        if (this.index === 0) stats.firstUs = batch.times[0]!;
        stats.lastUs = batch.times[to - 1]!;
        const { numbers } = batch;
        const before = this.index - from;
        if (frames.forwarded > 0) stats.countForwarded(frames.forwarded, frames.octets, numbers?.[frames.first] ?? before + frames.first);
        capture.pass(batch, from, to);
        this.index = (numbers?.[to - 1] ?? before + to - 1) + 1;
        taken += to - from;
        this.met = to;
      }
      if (to < batch.count) {
        // the frame at `to` comes decoded
        this.met = to + 1;
        return taken;
      }
    }
  }

  /** One packet: a call of its own, so that what V8 has learned of it serves the next replay too. */
  private take(item: Source & { readonly packet: Packet }): void {
    const { stats, share, engine } = this;
    const { select } = this.options;
    const { packet } = item;
    if (share?.isDealt !== true) packet.index = this.index;
    this.index = packet.index + 1;
    if (packet.index === 0) stats.firstUs = packet.nowUs;
    stats.lastUs = packet.nowUs;
    if (share !== null && share.isForeign(packet, item.capture.linkType)) return;
    decode(packet, item.capture.linkType);
    if (share !== null && !share.owns(packet, item.local)) return;
    if (select !== undefined) {
      this.telling = select(packet, item.capture.linkType);
      if (!this.telling) stats.untold++;
    }
    engine.turn = packet.index;
    if (item.local) this.send(packet);
    else this.receive(packet, item);
  }

  private send(packet: Packet): void {
    if (packet.network < 0) {
      this.skipped('a local packet without an IP header', packet.index);
      return;
    }
    if (this.isCut(packet)) return;
    packet.start = packet.network;
    packet.link = -1;
    decodeNetwork(packet);
    this.translated = false;
    if (this.isLeftOut(packet)) return;
    this.options.beforePacket?.(packet);
    this.finish(this.engine.send(packet), packet, 0);
  }

  private receive(packet: Packet, source: Source): void {
    const { engine } = this;
    if (packet.family === 0 && packet.fault === 0) {
      this.skipped(
        `no IP packet (${OTHER_TYPES.get(packet.etherType) ?? `EtherType 0x${packet.etherType.toString(16).padStart(4, '0')}`})`,
        packet.index,
      );
      return;
    }
    if (this.isCut(packet)) return;
    const named = source.indev !== 0 ? source.indev : this.numberOf(source.capture.interfaceName);
    const from = ingressOf(engine.host, packet, named, this.options.fallback);
    packet.indev = Math.max(from, 0);
    if (this.isLeftOut(packet)) return;
    this.translated = this.replies?.translate === true && this.replies.asPeer.translate(packet, from === SENT_BY_HOST);
    if (this.translated) {
      if (this.telling) this.stats.translated++;
      this.options.beforePacket?.(packet);
      this.finish(engine.receive(packet), packet, packet.indev);
      return;
    }
    if (from === SENT_BY_HOST) {
      this.skipped('left the host already (its MAC is the source); what a process sent belongs into --local', packet.index);
      return;
    }
    if (from === UNKNOWN_INTERFACE) {
      this.skipped('no interface of the host fits (name one: eth0=FILE or --in)', packet.index);
      return;
    }
    this.options.beforePacket?.(packet);
    this.finish(engine.receive(packet), packet, from);
  }

  /** Whether the packet would not have happened, and is not to be looked at therefore. */
  private isLeftOut(packet: Packet): boolean {
    if (this.loop === null) return false;
    this.unreal = this.loop.look(packet);
    const leftOut = this.unreal && this.options.loop === 'left out';
    if (leftOut) this.stats.skipped('would not have happened: the first packet of their connection was dropped', packet.index);
    return leftOut;
  }

  /** The number of a named interface, 0 for none; looked up when the name changes. */
  private numberOf(name: string): number {
    if (name !== this.lastName) {
      this.lastName = name;
      this.lastNumber = this.engine.host.interfaceByName(name)?.index ?? 0;
    }
    return this.lastNumber;
  }

  /** Whether the capture holds less of an IP packet than there was: nobody knows what the router saw. */
  private isCut(packet: Packet): boolean {
    const cut = packet.fault === Fault.Truncated && packet.wireLength > packet.end - packet.start;
    if (cut) this.skipped('cut by the capture (its snap length): the rest is not known', packet.index);
    return cut;
  }

  private skipped(why: string, index: number): void {
    if (this.telling) this.stats.skipped(why, index);
  }

  private finish(outcome: Outcome, packet: Packet, from: number): void {
    const { stats } = this;
    const decided = this.engine.undecided !== true;
    if (decided) this.loop?.note(outcome);
    if (!this.telling) return;
    if (decided) {
      stats.count(outcome, packet);
      if (this.unreal) stats.unreal(outcome, packet.index);
      this.noteStray(outcome, packet);
    } else stats.undecided(packet);
    this.options.onPacket?.(packet, outcome, from);
  }

  /** Count answers that no translating router would receive: they are NEW or INVALID to it. */
  private noteStray({ ctState }: Outcome, packet: Packet): void {
    if (this.replies === null || this.replies.translate || (ctState !== StateBit.New && ctState !== StateBit.Invalid)) return;
    if (this.replies.asPeer.isStray(packet)) this.stats.strays++;
  }
}
