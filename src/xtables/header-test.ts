/**
 * A rule's header made ready: addresses as int32 words, interfaces as tables by number. One class a family; what a rule does not
 * ask for has mask 0 or a null table and always holds.
 *
 * Kernel counterparts: ip_packet_match, ip6_packet_match.
 * @module
 */
import type { Prefix } from '../inet/prefix.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { InterfaceTests } from './interface-test.ts';
import type { Header } from './rule.ts';

export interface HeaderTest {
  /** May set `packet.hotdrop` (IPv6: a header chain that cannot be followed). */
  matches(packet: ReadonlyPacket): boolean;
}

/** Ready to be asked; null when the header asks nothing. */
export function headerTest(family: 4 | 6, header: Header, interfaces: InterfaceTests): HeaderTest | null {
  const { src, dst, indev, outdev, protocol, fragment } = header;
  if (src === null && dst === null && indev === '' && outdev === '' && protocol === 0 && !fragment) return null;
  return family === 4 ? new HeaderTest4(header, interfaces) : new HeaderTest6(header, interfaces);
}

function wordOf(prefix: Prefix | null, i: number): number {
  return prefix === null ? 0 : prefix.address[i]!;
}

function maskOf(prefix: Prefix | null, i: number): number {
  return prefix === null ? 0 : prefix.mask[i]!;
}

class HeaderTest4 implements HeaderTest {
  private readonly src: number;
  private readonly srcMask: number;
  private readonly srcWanted: boolean;
  private readonly dst: number;
  private readonly dstMask: number;
  private readonly dstWanted: boolean;
  private readonly protocol: number;
  private readonly protocolWanted: boolean;
  private readonly fragment: boolean;
  private readonly fragmentWanted: boolean;
  private readonly indev: Uint8Array | null;
  private readonly outdev: Uint8Array | null;

  constructor(header: Header, interfaces: InterfaceTests) {
    this.src = wordOf(header.src, 0);
    this.srcMask = maskOf(header.src, 0);
    this.srcWanted = !header.srcInvert;
    this.dst = wordOf(header.dst, 0);
    this.dstMask = maskOf(header.dst, 0);
    this.dstWanted = !header.dstInvert;
    this.protocol = header.protocol;
    this.protocolWanted = !header.protocolInvert;
    this.fragment = header.fragment;
    this.fragmentWanted = !header.fragmentInvert;
    this.indev = interfaces.table(header.indev, header.indevInvert);
    this.outdev = interfaces.table(header.outdev, header.outdevInvert);
  }

  matches(packet: ReadonlyPacket): boolean {
    if (((packet.src0 & this.srcMask) === this.src) !== this.srcWanted) return false;
    if (((packet.dst0 & this.dstMask) === this.dst) !== this.dstWanted) return false;
    if (this.indev !== null && this.indev[packet.indev] === 0) return false;
    if (this.outdev !== null && this.outdev[packet.outdev] === 0) return false;
    if (this.protocol !== 0 && (packet.protocol === this.protocol) !== this.protocolWanted) return false;
    return !this.fragment || (packet.fragOffset !== 0) === this.fragmentWanted;
  }
}

class HeaderTest6 implements HeaderTest {
  private readonly src0: number;
  private readonly src1: number;
  private readonly src2: number;
  private readonly src3: number;
  private readonly srcMask0: number;
  private readonly srcMask1: number;
  private readonly srcMask2: number;
  private readonly srcMask3: number;
  private readonly srcWanted: boolean;
  private readonly dst0: number;
  private readonly dst1: number;
  private readonly dst2: number;
  private readonly dst3: number;
  private readonly dstMask0: number;
  private readonly dstMask1: number;
  private readonly dstMask2: number;
  private readonly dstMask3: number;
  private readonly dstWanted: boolean;
  private readonly protocol: number;
  private readonly protocolWanted: boolean;
  private readonly indev: Uint8Array | null;
  private readonly outdev: Uint8Array | null;

  constructor(header: Header, interfaces: InterfaceTests) {
    const { src, dst } = header;
    this.src0 = wordOf(src, 0);
    this.src1 = wordOf(src, 1);
    this.src2 = wordOf(src, 2);
    this.src3 = wordOf(src, 3);
    this.srcMask0 = maskOf(src, 0);
    this.srcMask1 = maskOf(src, 1);
    this.srcMask2 = maskOf(src, 2);
    this.srcMask3 = maskOf(src, 3);
    this.srcWanted = !header.srcInvert;
    this.dst0 = wordOf(dst, 0);
    this.dst1 = wordOf(dst, 1);
    this.dst2 = wordOf(dst, 2);
    this.dst3 = wordOf(dst, 3);
    this.dstMask0 = maskOf(dst, 0);
    this.dstMask1 = maskOf(dst, 1);
    this.dstMask2 = maskOf(dst, 2);
    this.dstMask3 = maskOf(dst, 3);
    this.dstWanted = !header.dstInvert;
    this.protocol = header.protocol;
    this.protocolWanted = !header.protocolInvert;
    this.indev = interfaces.table(header.indev, header.indevInvert);
    this.outdev = interfaces.table(header.outdev, header.outdevInvert);
  }

  matches(packet: ReadonlyPacket): boolean {
    if (this.inSrc(packet) !== this.srcWanted) return false;
    if (this.inDst(packet) !== this.dstWanted) return false;
    if (this.indev !== null && this.indev[packet.indev] === 0) return false;
    if (this.outdev !== null && this.outdev[packet.outdev] === 0) return false;
    return this.protocol === 0 || this.protocolMatches(packet);
  }

  private inSrc(packet: ReadonlyPacket): boolean {
    return (
      (packet.src0 & this.srcMask0) === this.src0 &&
      (packet.src1 & this.srcMask1) === this.src1 &&
      (packet.src2 & this.srcMask2) === this.src2 &&
      (packet.src3 & this.srcMask3) === this.src3
    );
  }

  private inDst(packet: ReadonlyPacket): boolean {
    return (
      (packet.dst0 & this.dstMask0) === this.dst0 &&
      (packet.dst1 & this.dstMask1) === this.dst1 &&
      (packet.dst2 & this.dstMask2) === this.dst2 &&
      (packet.dst3 & this.dstMask3) === this.dst3
    );
  }

  /** The extension headers are walked for a rule that names a protocol only; where that fails, the packet is dropped. */
  private protocolMatches(packet: ReadonlyPacket): boolean {
    if (packet.protocol < 0) {
      packet.hotdrop = true;
      return false;
    }
    return (packet.protocol === this.protocol) === this.protocolWanted;
  }
}
