/**
 * TCP options: a walk over them and the fields of the known ones. RFC 9293 §3.2, RFC 7323 (window scale, timestamps), RFC 2018
 * (SACK), RFC 2385 (MD5), RFC 7413 (fast open), RFC 5925 (AO).
 *
 * The field getters belong to the option the walk is at; each says which length it needs. An unknown kind is shown with its
 * place and length and nothing else.
 * @module
 */
import { OptionWalker } from './option-walker.ts';

export const TcpOption = {
  End: 0,
  NoOperation: 1,
  Mss: 2,
  WindowScale: 3,
  SackPermitted: 4,
  Sack: 5,
  Timestamps: 8,
  Md5: 19,
  UserTimeout: 28,
  Authentication: 29,
  Multipath: 30,
  FastOpen: 34,
  Experimental: 254,
} as const;
export type TcpOption = (typeof TcpOption)[keyof typeof TcpOption];

/** Octets of kind and length. */
const START = 2;
const SACK_BLOCK_LEN = 8;

/** Walks the options of a TCP header: `at(view, transport + 20, transport + headerLength)`. */
export class TcpOptions extends OptionWalker {
  /** Largest segment. Needs: kind Mss, length 4. */
  get mss(): number {
    return this.view.getUint16(this.offset + START);
  }
  set mss(octets: number) {
    this.view.setUint16(this.offset + START, octets);
  }
  /** Bits windows are shifted by. Needs: kind WindowScale, length 3. */
  get windowScale(): number {
    return this.view.getUint8(this.offset + START);
  }
  /** Blocks of a SACK option. Needs: kind Sack. */
  get sackCount(): number {
    return Math.floor((this.length - START) / SACK_BLOCK_LEN);
  }
  /** First sequence number of a block. Needs: index below sackCount. */
  sackLeft(index: number): number {
    return this.view.getUint32(this.offset + START + SACK_BLOCK_LEN * index);
  }
  /** The one behind its last. */
  sackRight(index: number): number {
    return this.view.getUint32(this.offset + START + SACK_BLOCK_LEN * index + 4);
  }
  setSack(index: number, left: number, right: number): void {
    const at = this.offset + START + SACK_BLOCK_LEN * index;
    this.view.setUint32(at, left);
    this.view.setUint32(at + 4, right);
  }
  /** The sender's clock. Needs: kind Timestamps, length 10. */
  get timestamp(): number {
    return this.view.getUint32(this.offset + START);
  }
  set timestamp(value: number) {
    this.view.setUint32(this.offset + START, value);
  }
  /** The clock echoed. Needs: kind Timestamps, length 10. */
  get timestampEcho(): number {
    return this.view.getUint32(this.offset + START + 4);
  }
  set timestampEcho(value: number) {
    this.view.setUint32(this.offset + START + 4, value);
  }
  /** Where the data starts: MD5's digest, fast open's cookie. */
  get dataOffset(): number {
    return this.offset + START;
  }
  get dataLength(): number {
    return this.length - START;
  }
}
