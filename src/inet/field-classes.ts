/**
 * FieldClasses: which IPv4 addresses and ports no test can tell apart. Every prefix and every range somebody compares a field with
 * cuts that field's numbers in two; what lies between two neighbouring cuts is one class, and all its numbers get the same answer
 * from every test. Two packets whose four fields are of the same classes fare alike (engine/fresh-path.ts).
 *
 *   cut...() by all who test  ->  finish()  ->  ...Class(): the number of cuts at or below
 *
 * An address is found by its upper half in a table, and by its lower half among the few cuts there.
 * Proof: test/property/inet/field-classes.prop.ts.
 * @module
 */

/** Takes what packets' fields are compared with. Addresses are int32 words, unsigned; bounds belong to their range. */
export interface FieldCuts {
  sources(first: number, last: number): void;
  destinations(first: number, last: number): void;
  sourcePorts(first: number, last: number): void;
  destinationPorts(first: number, last: number): void;
  /** Something is asked that ranges cannot say: classes prove nothing. */
  refuse(): void;
}

const HALF = 0x1_0000;
const TOP = 0xffff_ffff;

export class FieldClasses implements FieldCuts {
  /** Whether every test is one of ranges. */
  holds = true;
  private readonly src: AddressClasses = new AddressClasses();
  private readonly dst: AddressClasses = new AddressClasses();
  private readonly srcPorts: PortClasses = new PortClasses();
  private readonly dstPorts: PortClasses = new PortClasses();

  sources(first: number, last: number): void {
    this.src.cut(first >>> 0, last >>> 0);
  }

  destinations(first: number, last: number): void {
    this.dst.cut(first >>> 0, last >>> 0);
  }

  sourcePorts(first: number, last: number): void {
    this.srcPorts.cut(first, last);
  }

  destinationPorts(first: number, last: number): void {
    this.dstPorts.cut(first, last);
  }

  refuse(): void {
    this.holds = false;
  }

  /** All cuts are made. */
  finish(): void {
    this.src.finish();
    this.dst.finish();
    this.srcPorts.finish();
    this.dstPorts.finish();
  }

  sourceClass(word: number): number {
    return this.src.of(word);
  }

  destinationClass(word: number): number {
    return this.dst.of(word);
  }

  /** Both classes in one word. `ports`: source << 16 | destination. */
  portClasses(ports: number): number {
    return (this.srcPorts.of(ports >>> 16) << 16) | this.dstPorts.of(ports & 0xffff);
  }
}

class AddressClasses {
  private starts: number[] = [];
  /** By the upper half of an address: number of the first cut there; one more at the end. */
  private first: Int32Array = new Int32Array(HALF + 1);
  /** Lower halves of the cuts, in order. */
  private lows: Uint16Array = new Uint16Array(0);

  cut(first: number, last: number): void {
    if (first > last) return;
    if (first !== 0) this.starts.push(first);
    if (last !== TOP) this.starts.push(last + 1);
  }

  finish(): void {
    const sorted = Float64Array.from(this.starts).sort();
    this.starts = [];
    const { first } = this;
    first.fill(0);
    this.lows = new Uint16Array(sorted.length);
    let count = 0;
    for (let i = 0; i < sorted.length; i++) {
      const start = sorted[i]!;
      if (i > 0 && start === sorted[i - 1]) continue;
      this.lows[count++] = start & 0xffff;
      first[(start >>> 16) + 1]! += 1;
    }
    for (let i = 1; i <= HALF; i++) first[i]! += first[i - 1]!;
  }

  of(word: number): number {
    const { first, lows } = this;
    const low = word & 0xffff;
    let from = first[word >>> 16]!;
    let to = first[(word >>> 16) + 1]!;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (lows[middle]! <= low) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

class PortClasses {
  private readonly classes: Uint16Array = new Uint16Array(HALF);

  cut(first: number, last: number): void {
    if (first > last) return;
    if (first > 0) this.classes[first] = 1;
    if (last < 0xffff) this.classes[last + 1] = 1;
  }

  finish(): void {
    const { classes } = this;
    for (let port = 1; port < HALF; port++) classes[port]! += classes[port - 1]!;
  }

  of(port: number): number {
    return this.classes[port]!;
  }
}
