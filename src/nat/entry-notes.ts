/**
 * What NAT remembers of an entry beside its tuples: the device it masquerades on, the device it left by and why each side became what it is.
 * @module
 */
import type { Manip } from './range.ts';

const MIN_LENGTH = 1024;

export class EntryNotes {
  private devices: Int32Array = new Int32Array(MIN_LENGTH);
  private outdevs: Int32Array = new Int32Array(MIN_LENGTH);
  private reasons: Uint8Array = new Uint8Array(2 * MIN_LENGTH);

  /** Device the flow masquerades on; 0 for none. */
  device(entry: number): number {
    return entry < this.devices.length ? this.devices[entry]! : 0;
  }

  setDevice(entry: number, device: number): void {
    this.reach(entry);
    this.devices[entry] = device;
  }

  /** Device by which the flow's first packet left; 0: it did not. */
  outdev(entry: number): number {
    return entry < this.outdevs.length ? this.outdevs[entry]! : 0;
  }

  setOutdev(entry: number, device: number): void {
    this.reach(entry);
    this.outdevs[entry] = device;
  }

  reason(entry: number, manip: Manip): number {
    return entry < this.devices.length ? this.reasons[2 * entry + manip]! : 0;
  }

  setReason(entry: number, manip: Manip, code: number): void {
    this.reach(entry);
    this.reasons[2 * entry + manip] = code;
  }

  clear(entry: number): void {
    if (entry >= this.devices.length) return;
    this.devices[entry] = 0;
    this.outdevs[entry] = 0;
    this.reasons[2 * entry] = 0;
    this.reasons[2 * entry + 1] = 0;
  }

  private reach(entry: number): void {
    if (entry < this.devices.length) return;
    const length = 1 << (32 - Math.clz32(entry));
    const devices = new Int32Array(length);
    devices.set(this.devices);
    this.devices = devices;
    const outdevs = new Int32Array(length);
    outdevs.set(this.outdevs);
    this.outdevs = outdevs;
    const reasons = new Uint8Array(2 * length);
    reasons.set(this.reasons);
    this.reasons = reasons;
  }
}
