/**
 * DealtCapture: the packets of a capture that are one worker's own, from the ring. To a replay it is a capture like any other, whose
 * packets carry their numbers among all. It never goes beyond the slot that is open: open() says how many packets of its own there
 * are, and as many may be asked for.
 * @module
 */
import { PCAP_RECORD } from '../capture/layouts.ts';
import type { CaptureError } from '../errors.ts';
import { FRAME_WORDS, type FrameBatch, FrameWord } from '../packet/frame-batch.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketSource } from '../replay/schedule.ts';
import { damageOf, type Dealer, type PlacedFile } from './dealer.ts';
import { RECORD_WORDS, type Ring, type Slot } from './ring.ts';

const SECONDS = PCAP_RECORD.offsetOf('seconds');
const FRACTION = PCAP_RECORD.offsetOf('fraction');
const CAPTURED = PCAP_RECORD.offsetOf('captured');
const WIRE = PCAP_RECORD.offsetOf('wire');
const RECORD_LEN = PCAP_RECORD.span;
const WORDS = RECORD_WORDS;
const FRAME = FRAME_WORDS;
const START = FrameWord.Start;
const END = FrameWord.End;
const WIRE_WORD = FrameWord.Wire;
const RECORD = FrameWord.Record;
const US_PER_SEC = 1_000_000;
const NONE = -1;

export class DealtCapture implements PacketSource {
  readonly interfaceName = '';
  private readonly ring: Ring;
  private readonly dealer: Dealer;
  private readonly file: PlacedFile;
  private readonly worker: number;
  private readonly snapLength: number;
  /** The slot that is open, and its number. */
  private slot: Slot;
  private number = NONE;
  /** Next record of its own in the slot. */
  private at = NONE;

  constructor(ring: Ring, dealer: Dealer, { file, worker, snapLength }: { file: PlacedFile; worker: number; snapLength: number }) {
    this.ring = ring;
    this.dealer = dealer;
    this.file = file;
    this.worker = worker;
    this.snapLength = snapLength;
    this.slot = ring.slot(0);
  }

  get linkType(): number {
    return this.dealer.linkType;
  }

  /** The slot that is open, or was last. */
  get opened(): Slot {
    return this.slot;
  }

  /** Why the capture ends before its end. Reads it there. */
  get damage(): CaptureError | null {
    const { damageAt } = this.slot;
    return damageAt < 0 ? null : damageOf(this.file, damageAt);
  }

  /** Open the next slot, the one before is done; how many packets of it are this worker's. -1: all is over. */
  open(): number {
    const { ring, dealer, worker } = this;
    const number = this.number + 1;
    ring.done(worker, number);
    while (!ring.isDealt(number)) {
      const claimed = ring.claim(number);
      if (claimed >= 0) {
        if (!dealer.fill(claimed, worker)) return NONE;
      } else if (!ring.napUntilDealt(number, worker) && ring.isStopped) return NONE;
    }
    this.number = number;
    this.slot = ring.slot(number);
    this.at = this.slot.firstOwn(worker);
    return this.slot.ownCount(worker);
  }

  next(packet: Packet): boolean {
    const { slot, at } = this;
    if (at < 0) return false;
    const { view, bytes, records } = slot;
    const record = records[at * WORDS]!;
    this.at = records[at * WORDS + 1]!;
    const captured = view.getInt32(record + CAPTURED, true);
    const wire = view.getUint32(record + WIRE, true);
    packet.view = view;
    packet.bytes = bytes;
    packet.start = record + RECORD_LEN;
    packet.end = packet.start + (captured < this.snapLength ? captured : this.snapLength);
    packet.wireLength = wire > captured ? wire : captured;
    packet.nowUs = view.getUint32(record + SECONDS, true) * US_PER_SEC + view.getUint32(record + FRACTION, true);
    packet.remainderNs = 0;
    packet.index = slot.firstIndex + at;
    return true;
  }

  ahead(batch: FrameBatch): number {
    const { slot, snapLength } = this;
    const { view, records, firstIndex } = slot;
    const { words, times, capacity } = batch;
    batch.numbers ??= new Float64Array(capacity);
    const { numbers } = batch;
    let { at } = this;
    let count = 0;
    while (count < capacity && at >= 0) {
      const record = records[at * WORDS]!;
      const captured = view.getInt32(record + CAPTURED, true);
      const wire = view.getInt32(record + WIRE, true);
      // more than 2 GiB, or to be cut: as a packet
      if (wire < 0 || captured > snapLength) break;
      const word = count * FRAME;
      words[word + START] = record + RECORD_LEN;
      words[word + END] = record + RECORD_LEN + captured;
      words[word + WIRE_WORD] = wire > captured ? wire : captured;
      words[word + RECORD] = at;
      times[count] = view.getUint32(record + SECONDS, true) * US_PER_SEC + view.getUint32(record + FRACTION, true);
      numbers[count] = firstIndex + at;
      count++;
      at = records[at * WORDS + 1]!;
    }
    batch.view = view;
    batch.bytes = slot.bytes;
    batch.base = this.number;
    batch.count = count;
    batch.next = at;
    batch.linkType = this.linkType;
    return count;
  }

  isNext(batch: FrameBatch, n: number): boolean {
    return n < batch.count && batch.base === this.number && batch.words[n * FRAME + RECORD] === this.at;
  }

  pass(batch: FrameBatch, _from: number, to: number): void {
    this.at = to < batch.count ? batch.words[to * FRAME + RECORD]! : batch.next;
  }

  close(): void {
    this.file.close();
  }
}
