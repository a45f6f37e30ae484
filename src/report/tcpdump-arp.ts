/**
 * ARP and RARP as tcpdump prints them.
 * @module
 */
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatMac } from '../inet/mac.ts';
import { ARP_LEN, ArpOperation, ARP_LAYOUT, ArpView } from '../wire/arp.ts';

const SENDER_MAC = ARP_LAYOUT.offsetOf('senderMac');
const TARGET_MAC = ARP_LAYOUT.offsetOf('targetMac');

/** An ARP packet at `at`; `captured` octets of `length` are there. */
export function formatArp(view: DataView, bytes: Uint8Array, at: number, captured: number, length: number): string {
  if (captured < ARP_LEN) return ' [|arp]';
  const arp = new ArpView().at(view, at);
  if (!arp.isEthernetIpv4) return `ARP, Unknown Hardware (${arp.hardwareType}) (len ${arp.hardwareLength}), length ${length}`;
  return `ARP, ${describe(arp, formatMac(bytes, at + SENDER_MAC), formatMac(bytes, at + TARGET_MAC))}, length ${length}`;
}

function describe(arp: ArpView, senderMac: string, targetMac: string): string {
  const sender = formatIpv4(arp.senderAddress);
  const target = formatIpv4(arp.targetAddress);
  switch (arp.operation) {
    case ArpOperation.Request:
      return `Request who-has ${target}${arp.targetMac === 0 ? '' : ` (${targetMac})`} tell ${sender}`;
    case ArpOperation.Reply:
      return `Reply ${sender} is-at ${senderMac}`;
    case ArpOperation.ReverseRequest:
      return `Reverse Request who-is ${targetMac} tell ${senderMac}`;
    case ArpOperation.ReverseReply:
      return `Reverse Reply ${targetMac} at ${target}`;
    default:
      return `Unknown (${arp.operation})`;
  }
}
