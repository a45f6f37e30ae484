/**
 * IPv4 options: a walk over them, and the fields of those routers look at. RFC 791 §3.1, RFC 2113.
 *
 *   record route, source routes   | kind | length | pointer | address ... |
 *   timestamp                     | kind | length | pointer | overflow, flags | entries ... |
 *
 * A pointer counts from 1 at the kind octet.
 * @module
 */
import { OptionWalker } from './option-walker.ts';

/** Option kinds with their copied flag and class bits. */
export const Ipv4Option = {
  End: 0,
  NoOperation: 1,
  RecordRoute: 7,
  Timestamp: 68,
  Security: 130,
  LooseSourceRoute: 131,
  CommercialSecurity: 134,
  StreamId: 136,
  StrictSourceRoute: 137,
  RouterAlert: 148,
} as const;
export type Ipv4Option = (typeof Ipv4Option)[keyof typeof Ipv4Option];

const POINTER = 2;
const OVERFLOW = 3;
/** Octets in front of the addresses of a route option. */
const ROUTE_START = 3;
const ADDRESS_LEN = 4;

/** Walks the options of an IPv4 header: `at(view, network + 20, network + headerLength)`. */
export class Ipv4Options extends OptionWalker {
  /** Whether fragments carry the option too. */
  get copied(): boolean {
    return this.kind >= 0x80;
  }
  /** Needs: length at least 3. */
  get pointer(): number {
    return this.view.getUint8(this.offset + POINTER);
  }
  set pointer(position: number) {
    this.view.setUint8(this.offset + POINTER, position);
  }
  /** Addresses there is room for in a route option. */
  get addressCount(): number {
    return Math.max(0, Math.floor((this.length - ROUTE_START) / ADDRESS_LEN));
  }
  /** Needs: index below addressCount. */
  address(index: number): number {
    return this.view.getInt32(this.offset + ROUTE_START + ADDRESS_LEN * index);
  }
  setAddress(index: number, address: number): void {
    this.view.setInt32(this.offset + ROUTE_START + ADDRESS_LEN * index, address);
  }
  /** Of a timestamp option: hosts that found no room. Needs: length at least 4. */
  get overflow(): number {
    return this.view.getUint8(this.offset + OVERFLOW) >>> 4;
  }
  /** Of a timestamp option: 0 times only, 1 with addresses, 3 addresses given. Needs: length at least 4. */
  get flags(): number {
    return this.view.getUint8(this.offset + OVERFLOW) & 15;
  }
}
