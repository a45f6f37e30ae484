/** Numbers from a seed (xorshift32): fast, and the same everywhere. */
export class Xorshift {
  constructor(seed) {
    this.state = (seed * 2654435761) >>> 0 || 1;
  }

  next() {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }

  below(n) {
    return this.next() % n;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
