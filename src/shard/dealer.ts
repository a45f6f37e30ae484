/**
 * Dealer: fills slots of the ring. The octets are read where the slot lies in the capture, whoever else reads elsewhere meanwhile;
 * only the walk from record to record goes from slot to slot, since a length tells where the next one begins.
 *
 *   read   ->   wait for the slot in front   ->   walk, and deal: every packet to its home
 *
 * For classic captures in the usual form: little endian, microseconds, records of 16 octets, not compressed (isDealable). All else is
 * read by each worker for itself.
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { PCAP_RECORD } from '../capture/layouts.ts';
import { isDecodable } from '../capture/link-name.ts';
import { isPcap, parsePcapHeader, PCAP_FILE_LEN, type PcapHeader, Turned } from '../capture/pcap-header.ts';
import { PcapReader } from '../capture/pcap-reader.ts';
import { MAX_CAPTURED } from '../capture/record-reader.ts';
import { systemCode } from '../capture/system-code.ts';
import { Window } from '../capture/window.ts';
import { JIFFY_US } from '../conntrack/options.ts';
import { CaptureError, HooklineError } from '../errors.ts';
import { decode } from '../packet/decode.ts';
import { Packet } from '../packet/packet.ts';
import type { Home } from './home.ts';
import type { Job } from './job.ts';
import { RECORD_WORDS, type Ring, type RingMemory, ringMemory, type Slot, type Walk } from './ring.ts';

const SECONDS = PCAP_RECORD.offsetOf('seconds');
const FRACTION = PCAP_RECORD.offsetOf('fraction');
const CAPTURED = PCAP_RECORD.offsetOf('captured');
const RECORD_LEN = PCAP_RECORD.span;
const WORDS = RECORD_WORDS;
const US_PER_SEC = 1_000_000;
/** Captured octets. V8 folds a module's own number into the code. */
const LONGEST = MAX_CAPTURED;
const LAST = -1;

/** Octets of the longest record that is accepted. */
export const LONGEST_RECORD: number = RECORD_LEN + MAX_CAPTURED;

/** A capture that can be read at any place. */
export class PlacedFile {
  readonly name: string;
  /** Why it can be read no further; null: nothing is known against it. */
  damage: CaptureError | null = null;
  private readonly source: Uint8Array | number;

  /** @throws HooklineError ERR_INPUT */
  constructor(source: string | Uint8Array) {
    this.name = typeof source === 'string' ? source : 'capture';
    try {
      this.source = typeof source === 'string' ? openSync(source, 'r') : source;
    } catch (error) {
      throw new HooklineError('ERR_INPUT', `${this.name}: cannot open: ${systemCode(error)}`, { cause: error });
    }
  }

  /** Put octets from `place` on at target[at]; as many as there are, or can be read, `length` at most. */
  read(target: Uint8Array, at: number, length: number, place: number): number {
    const { source } = this;
    if (typeof source !== 'number') {
      const count = Math.max(0, Math.min(length, source.length - place));
      target.set(source.subarray(place, place + count), at);
      return count;
    }
    let taken = 0;
    try {
      while (taken < length) {
        const count = readSync(source, target, at + taken, length - taken, place + taken);
        if (count === 0) break;
        taken += count;
      }
    } catch (error) {
      this.damage = new CaptureError('ERR_INPUT', this.name, place + taken, `cannot read: ${systemCode(error)}`, { cause: error });
    }
    return taken;
  }

  close(): void {
    if (typeof this.source === 'number') closeSync(this.source);
  }
}

/** The header of a capture that can be dealt, or null: another format or form, or none that can be read. */
export function dealableHeader(file: PlacedFile): PcapHeader | null {
  const head = new Uint8Array(PCAP_FILE_LEN);
  if (file.read(head, 0, PCAP_FILE_LEN, 0) < PCAP_FILE_LEN || !isPcap(new DataView(head.buffer))) return null;
  try {
    const header = parsePcapHeader(new DataView(head.buffer), file.name, MAX_CAPTURED);
    const isUsual = header.littleEndian && !header.nanoseconds && header.recordLength === RECORD_LEN && header.turned === Turned.Never;
    return isUsual && isDecodable(header.linkType) ? header : null;
  } catch (error) {
    if (error instanceof CaptureError) return null; // told by who opens it the ordinary way
    throw error;
  }
}

/** A ring for a job of several workers; null where its captures cannot be dealt out. `slotLength`: see ringMemory. */
export function ringFor({ captures, workers }: Pick<Job, 'captures' | 'workers'>, slotLength?: number): RingMemory | null {
  const [first, ...others] = captures;
  if (first === undefined || others.length > 0) return null;
  let file: PlacedFile;
  try {
    file = new PlacedFile(first.source);
  } catch {
    return null; // told by who opens it the ordinary way
  }
  try {
    return dealableHeader(file) === null ? null : ringMemory(workers, LONGEST_RECORD, slotLength);
  } finally {
    file.close();
  }
}

/** Why reading ends at `place`, as a reader of the whole says it. */
export function damageOf(file: PlacedFile, place: number): CaptureError {
  const head = new Uint8Array(PCAP_FILE_LEN);
  file.read(head, 0, PCAP_FILE_LEN, 0);
  const window = new Window(LONGEST_RECORD);
  window.take(head, 0);
  const reader = new PcapReader(window, { file: file.name, maxCaptured: MAX_CAPTURED, anyLinkType: true });
  window.clear();
  window.base = place;
  window.added(file.read(window.bytes, 0, LONGEST_RECORD, place));
  window.ended = true;
  reader.read(new Packet());
  return file.damage ?? reader.damage ?? new CaptureError('ERR_INPUT', file.name, place, 'cannot read');
}

export class Dealer {
  readonly linkType: number;
  private readonly file: PlacedFile;
  private readonly ring: Ring;
  private readonly home: Home;
  private readonly snapLength: number;
  private readonly packet: Packet = new Packet();
  /** By worker: the first and the last record of its chain, and how many there are. */
  readonly first: Int32Array;
  private readonly last: Int32Array;
  readonly counts: Int32Array;
  private readonly walk: Walk = {
    nextAt: PCAP_FILE_LEN,
    firstIndex: 0,
    latestUs: 0,
    firstUs: 0,
    lastUs: 0,
    records: 0,
    ended: false,
    backwards: false,
    damageAt: -1,
  };

  constructor(file: PlacedFile, header: PcapHeader, ring: Ring, home: Home) {
    this.file = file;
    this.linkType = header.linkType;
    this.snapLength = header.snapLength;
    this.ring = ring;
    this.home = home;
    this.first = new Int32Array(ring.workers);
    this.last = new Int32Array(ring.workers);
    this.counts = new Int32Array(ring.workers);
  }

  /** Fill a slot that was claimed for `worker`; false: all is over. */
  fill(number: number, worker: number): boolean {
    const { ring, file } = this;
    const { slotLength } = ring;
    const slot = ring.slot(number);
    const base = number * slotLength;
    const octets = file.read(slot.bytes, 0, slotLength, base);
    if (number > 0 && !ring.untilDealt(number - 1, worker)) return false;
    if (number > 0) this.follow(ring.slot(number - 1));
    this.deal(slot, base, octets);
    slot.tell(this.walk, this);
    ring.dealt(number);
    return true;
  }

  /** Go on where the slot in front ended. */
  private follow(before: Slot): void {
    const { walk } = this;
    walk.nextAt = before.nextAt;
    walk.firstIndex = before.firstIndex + before.recordCount;
    walk.latestUs = before.latestUs;
    walk.firstUs = before.firstUs;
    walk.lastUs = before.lastUs;
    walk.ended = before.ended;
    walk.damageAt = before.damageAt;
  }

  /** The records that begin in the slot, each to its home; the last one may go beyond. */
  private deal(slot: Slot, base: number, octets: number): void {
    const { walk, ring, file, home, first, last, counts, linkType, snapLength } = this;
    const { view, records } = slot;
    const { slotLength } = ring;
    first.fill(LAST);
    last.fill(LAST);
    counts.fill(0);
    let at = (walk.nextAt - base) | 0;
    let limit = octets;
    let count = 0;
    let { latestUs } = walk;
    walk.backwards = false;
    while (!walk.ended && at < slotLength) {
      const data = at + RECORD_LEN;
      if (data > limit) limit = this.more(slot, base, limit, data);
      if (data > limit) {
        walk.ended = true;
        if (at < limit || file.damage !== null) walk.damageAt = base + at;
        break;
      }
      const captured = view.getInt32(at + CAPTURED, true);
      const next = data + captured;
      if (captured < 0 || captured > LONGEST || (next > limit && (limit = this.more(slot, base, limit, next)) < next)) {
        walk.ended = true;
        walk.damageAt = base + at;
        break;
      }
      const nowUs = view.getUint32(at + SECONDS, true) * US_PER_SEC + view.getUint32(at + FRACTION, true);
      if (nowUs >= latestUs) latestUs = nowUs;
      else if (Math.floor(nowUs / JIFFY_US) < Math.floor(latestUs / JIFFY_US)) walk.backwards = true;

      const end = captured > snapLength ? data + snapLength : next;
      let worker = home.ofFrame(view, data, end, linkType);
      if (worker < 0) worker = this.homeOf(slot, data, end);
      const word = count * WORDS;
      records[word] = at;
      records[word + 1] = LAST;
      const before = last[worker]!;
      if (before === LAST) first[worker] = count;
      else records[before * WORDS + 1] = count;
      last[worker] = count;
      counts[worker]!++;
      count++;
      at = next;
    }
    if (count > 0) {
      if (walk.firstIndex === 0) walk.firstUs = this.timeOf(slot, 0);
      walk.lastUs = this.timeOf(slot, count - 1);
    }
    walk.nextAt = base + at;
    walk.records = count;
    walk.latestUs = latestUs;
  }

  /** Have octets up to `needed` in the slot, where the capture has them; up to where they are there. */
  private more(slot: Slot, base: number, limit: number, needed: number): number {
    return limit + this.file.read(slot.bytes, limit, needed - limit, base + limit);
  }

  private timeOf({ view, records }: Slot, n: number): number {
    const at = records[n * WORDS]!;
    return view.getUint32(at + SECONDS, true) * US_PER_SEC + view.getUint32(at + FRACTION, true);
  }

  /** The home of a packet that has to be decoded for it. */
  private homeOf({ view, bytes }: Slot, start: number, end: number): number {
    const { packet, linkType } = this;
    packet.view = view;
    packet.bytes = bytes;
    packet.start = start;
    packet.end = end;
    decode(packet, linkType);
    return this.home.ofPacket(packet);
  }
}
