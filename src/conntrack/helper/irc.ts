/**
 * IRC helper: the connections that clients offer each other (DCC, "direct client connection") through the server.
 *
 *   client:  PRIVMSG nick :<1>DCC SEND file 167772162 4000 1234<1><CR><LF>        167772162 = 10.0.0.2
 *            also CHAT, MOVE, TSEND, SCHAT; expected: anybody -> the client as its server knows it, port 4000, TCP
 *
 * Only what the client says is read, and of it the first 4095 octets; an address that is neither the client's nor the one it is
 * known by is not believed.
 * Kernel counterpart: net/netfilter/nf_conntrack_irc.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { TCP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { CtInfo, Direction } from '../ctinfo.ts';
import { announce } from './announce.ts';
import type { Helper } from './helper.ts';
import { isDigit, startsWith, startsWithAnyCase, tcpHeaderLength, tcpPayloadLength } from './payload.ts';

const MAX_EXPECTED = 8;
const TIMEOUT_SEC = 300;
const MAX_SEARCH = 4095;
/** `PRIVMSG x ` and the shortest offer behind it. */
const MIN_COMMAND = 10;
const MIN_OFFER = 26;
/** `AAAAAAAA P<1><LF>`. */
const MIN_NUMBERS = 12;
const COMMAND = 'privmsg ';
const MESSAGE = ' :';
const DCC = '\u0001DCC ';
const OFFERS = ['SEND ', 'CHAT ', 'MOVE ', 'TSEND ', 'SCHAT '];
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;

export const irc: Helper = {
  name: 'irc',
  protocol: TCP,
  onlyIpv4: true,
  maxExpected: MAX_EXPECTED,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: 0,
  look(core, packet, entry) {
    if (packet.ctinfo !== CtInfo.Established) return Verdict.Accept;
    const length = Math.min(tcpPayloadLength(packet), MAX_SEARCH);
    if (length === 0) return Verdict.Accept;
    const start = packet.transport + tcpHeaderLength(packet);
    return new IrcReader(core, packet, entry).read(start, start + length);
  },
};

class IrcReader {
  private readonly core: Core;
  private readonly packet: Packet;
  private readonly entry: number;
  private readonly view: DataView;
  private start = 0;
  private end = 0;
  /** What parse() found: octets of the two numbers, and the numbers. */
  private from = 0;
  private to = 0;
  private address = 0;
  private port = 0;

  constructor(core: Core, packet: Packet, entry: number) {
    this.core = core;
    this.packet = packet;
    this.entry = entry;
    this.view = packet.view;
  }

  read(start: number, end: number): Verdict {
    this.start = start;
    this.end = end;
    let at = start;
    while (at < end - MIN_COMMAND && isBlank(this.view.getUint8(at))) at++;
    if (at < end - MIN_COMMAND) {
      if (!startsWithAnyCase(this.view, at, COMMAND)) return Verdict.Accept;
      at += COMMAND.length;
    }
    while (at < end - MIN_OFFER) {
      if (!startsWith(this.view, at, MESSAGE)) {
        at++;
        continue;
      }
      at += MESSAGE.length;
      if (!startsWith(this.view, at, DCC)) return Verdict.Accept;
      at += DCC.length;
      for (const offer of OFFERS) {
        if (at + offer.length > end || !startsWith(this.view, at, offer)) continue;
        at += offer.length;
        if (this.parse(at) && this.isBelieved()) return this.expect();
      }
    }
    return Verdict.Accept;
  }

  /** The numbers behind a file name; the line must end within the packet. */
  private parse(at: number): boolean {
    const { view, end } = this;
    let i = at;
    while (view.getUint8(i++) !== SPACE) if (i > end - MIN_NUMBERS) return false;
    if (!this.hasNewline(i)) return false;
    this.from = i;
    this.address = 0;
    while (isDigit(view.getUint8(i))) this.address = (Math.imul(this.address, 10) + view.getUint8(i++) - 0x30) | 0;
    while (view.getUint8(i) === SPACE) i++;
    this.port = 0;
    while (isDigit(view.getUint8(i))) this.port = (this.port * 10 + view.getUint8(i++) - 0x30) & 0xffff;
    this.to = i;
    return true;
  }

  private hasNewline(from: number): boolean {
    for (let i = from; i < this.end; i++) if (this.view.getUint8(i) === LF) return true;
    return false;
  }

  private isBelieved(): boolean {
    const { table, spare } = this.core;
    if (this.port === 0) return false;
    if (table.readTuple(this.entry, Direction.Original, spare).src0 === this.address) return true;
    return table.readTuple(this.entry, Direction.Reply, spare).dst0 === this.address;
  }

  private expect(): Verdict {
    const { core, packet, entry, port, start, from, to } = this;
    const tuple = core.table.readTuple(entry, Direction.Reply, core.spare);
    const place = { kind: 0, offset: from - start, length: to - from };
    return announce(core, packet, { helper: irc, entry, direction: Direction.Reply, tuple, fromAnybody: true, port, ...place });
  }
}

function isBlank(octet: number): boolean {
  return octet === SPACE || octet === CR || octet === LF;
}
