/**
 * Counters of a rule set: packets and octets of every rule and every chain's end, by number. Doubles: exact to 2^53.
 * @module
 */
export class Counters {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;

  constructor(size: number) {
    this.packets = new Float64Array(size);
    this.bytes = new Float64Array(size);
  }
}
