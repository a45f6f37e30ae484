/**
 * Walking TCP options for targets that change them, as the kernel's targets do: kinds 0 and 1 and a length of 0 are one octet.
 * @module
 */

/** Kind of an option that does nothing. */
export const TCPOPT_NOP = 1;
export const TCPOPT_MSS = 2;
/** Octets of a TCP header without options. */
export const TCP_HEADER_LEN = 20;
export const TCP_DATA_OFFSET = 12;
export const TCP_CHECKSUM = 16;

/** Octets of the header with its options, as it claims. */
export function tcpHeaderLength(view: DataView, tcp: number): number {
  return (view.getUint8(tcp + TCP_DATA_OFFSET) >> 4) << 2;
}

/** Octets of the option at `at`. The octet behind it must be in the buffer. */
export function optionLength(view: DataView, at: number): number {
  if (view.getUint8(at) <= TCPOPT_NOP) return 1;
  return view.getUint8(at + 1) || 1;
}
