/**
 * RateEstimator: an exponentially weighted average of octets and packets a second, stepped by the time that packets bring.
 * Shared by name between the RATEEST target and the rateest match.
 * Kernel counterpart: net/core/gen_estimator.c.
 * @module
 */
export class RateEstimator {
  /** Averages, octets and packets a second. */
  bytesPerSec = 0;
  packetsPerSec = 0;
  private readonly intervalUs: number;
  private readonly weight: number;
  private bytes = 0;
  private packets = 0;
  private nextUs = -1;

  /** `interval`: a power of two of a second, from -2 on; `ewmalog`: the weight of a new measurement is 2^-ewmalog. */
  constructor(interval: number, ewmalog: number) {
    this.intervalUs = 1e6 * 2 ** interval;
    this.weight = 2 ** -ewmalog;
  }

  count(octets: number, nowUs: number): void {
    this.advance(nowUs);
    this.bytes += octets;
    this.packets++;
  }

  /** Close the intervals that are over. */
  advance(nowUs: number): void {
    if (this.nextUs < 0) this.nextUs = nowUs + this.intervalUs;
    if (nowUs < this.nextUs) return;
    this.close();
    const idle = Math.floor((nowUs - this.nextUs) / this.intervalUs);
    const fade = (1 - this.weight) ** idle;
    this.bytesPerSec *= fade;
    this.packetsPerSec *= fade;
    this.nextUs += (idle + 1) * this.intervalUs;
  }

  private close(): void {
    const perSec = 1e6 / this.intervalUs;
    this.bytesPerSec += (this.bytes * perSec - this.bytesPerSec) * this.weight;
    this.packetsPerSec += (this.packets * perSec - this.packetsPerSec) * this.weight;
    this.bytes = 0;
    this.packets = 0;
  }
}
