/**
 * Tuple: the identity of a flow in one direction. Scratch objects that are filled and read, never kept per packet.
 * Addresses are int32 words as in Packet; srcL4 and dstL4 are ports, ICMP id and (type << 8 | code), or GRE keys.
 * @module
 */
export class Tuple {
  family = 0;
  protocol = 0;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  srcL4 = 0;
  dstL4 = 0;

  copyFrom(other: Tuple): this {
    this.family = other.family;
    this.protocol = other.protocol;
    this.src0 = other.src0;
    this.src1 = other.src1;
    this.src2 = other.src2;
    this.src3 = other.src3;
    this.dst0 = other.dst0;
    this.dst1 = other.dst1;
    this.dst2 = other.dst2;
    this.dst3 = other.dst3;
    this.srcL4 = other.srcL4;
    this.dstL4 = other.dstL4;
    return this;
  }

  equals(other: Tuple): boolean {
    return (
      this.srcL4 === other.srcL4 &&
      this.dstL4 === other.dstL4 &&
      this.src0 === other.src0 &&
      this.dst0 === other.dst0 &&
      this.protocol === other.protocol &&
      this.family === other.family &&
      this.src1 === other.src1 &&
      this.src2 === other.src2 &&
      this.src3 === other.src3 &&
      this.dst1 === other.dst1 &&
      this.dst2 === other.dst2 &&
      this.dst3 === other.dst3
    );
  }

  /** Words of the source address: one, or four for IPv6. Makes an array: not for every packet. */
  sourceWords(): Int32Array {
    return this.family === 6 ? Int32Array.of(this.src0, this.src1, this.src2, this.src3) : Int32Array.of(this.src0);
  }

  /** As sourceWords. */
  destinationWords(): Int32Array {
    return this.family === 6 ? Int32Array.of(this.dst0, this.dst1, this.dst2, this.dst3) : Int32Array.of(this.dst0);
  }
}
