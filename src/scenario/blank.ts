/**
 * What is the machine's own in a recorded frame and is left out of a comparison: numbers it drew at random, and its clock.
 * Frames are hexadecimal text as recordings hold them; what is blanked becomes zero.
 * @module
 */

const ETHERNET = 14;
const IP_HEADER = 20;
const IPV6_HEADER = 40;
const TCP_HEADER = 20;
const TCP = 6;
const SYN_ACK = 0x12;
const ICMP_HEADER = 8;
const ICMP = 1;
const TIMESTAMP = 68;
const TIMESTAMP_REPLY = 14;
/** ICMP errors (bits by type): 3, 4, 5, 11, 12 quote what they are about. */
const QUOTING = 0x1838;

/** Zero the flow label of an IPv6 frame: the kernel's own packets carry a hash keyed with a secret of the boot. */
export function blankFlowLabel(hex: string): string {
  return hex.slice(24, 28) === '86dd' ? `${hex.slice(0, 31)}00000${hex.slice(36)}` : hex;
}

/** Zero what is random in a frame: IPv4 ID and header checksum, or the IPv6 fragment identification. */
export function blankIdentification(hex: string): string {
  const etherType = hex.slice(24, 28);
  if (etherType === '0800' && hex.length >= 68) return `${hex.slice(0, 36)}0000${hex.slice(40, 48)}0000${hex.slice(52)}`;
  if (etherType !== '86dd') return hex;
  let next = Number.parseInt(hex.slice(40, 42), 16);
  let at = 108;
  for (let i = 0; i < 16 && (next === 0 || next === 43 || next === 60) && at + 16 <= hex.length; i++) {
    next = Number.parseInt(hex.slice(at, at + 2), 16);
    at += (Number.parseInt(hex.slice(at + 2, at + 4), 16) + 1) * 16;
  }
  return next === 44 ? `${hex.slice(0, at + 8)}00000000${hex.slice(at + 16)}` : hex;
}

/**
 * Zero the times of an IPv4 time stamp option (RFC 781) and the header checksum over them, in the frame's own header and in one an
 * ICMP error quotes: they are the clock of the machine that recorded, which no recording tells.
 */
export function blankClock(hex: string): string {
  if (hex.slice(24, 28) !== '0800' || hex[28] !== '4') return hex;
  const frame = Buffer.from(hex, 'hex');
  return blankHeader(frame, ETHERNET) ? frame.toString('hex') : hex;
}

/** The same for an IP packet without a link header. */
export function blankClockOfPacket(hex: string): string {
  return hex.startsWith('4') ? blankClock(`${'00'.repeat(12)}0800${hex}`).slice(2 * ETHERNET) : hex;
}

/** Blank the IPv4 header at `at`, and what it quotes; whether anything was. */
function blankHeader(frame: Buffer, at: number): boolean {
  if (at + IP_HEADER > frame.length) return false;
  const length = (frame.readUInt8(at) & 15) * 4;
  const end = Math.min(at + length, frame.length);
  const own = blankOptions(frame, at + IP_HEADER, end);
  if (own) frame.writeUInt16BE(0, at + 10);
  const quoted = at === ETHERNET && frame.readUInt8(at + 9) === ICMP && blankQuote(frame, end);
  return own || quoted;
}

function blankQuote(frame: Buffer, icmp: number): boolean {
  if (icmp + ICMP_HEADER > frame.length) return false;
  const type = frame.readUInt8(icmp);
  if (type > 18 || (QUOTING & (1 << type)) === 0 || !blankHeader(frame, icmp + ICMP_HEADER)) return false;
  frame.writeUInt16BE(0, icmp + 2);
  return true;
}

/** Zero the times of every time stamp option between `from` and `end`; whether there was one. */
function blankOptions(frame: Buffer, from: number, end: number): boolean {
  let found = false;
  for (let at = from; at + 1 < end; ) {
    const kind = frame.readUInt8(at);
    if (kind === 0) break;
    const size = kind === 1 ? 1 : frame.readUInt8(at + 1);
    if (size < 1 || at + size > end) break;
    if (kind === TIMESTAMP && size > 4) {
      blankTimes(frame, at, size);
      found = true;
    }
    at += size;
  }
  return found;
}

/** Flag 0: times only; 1 and 3: an address before each time. */
function blankTimes(frame: Buffer, at: number, size: number): void {
  const step = (frame.readUInt8(at + 3) & 15) === 0 ? 4 : 8;
  for (let time = at + step; time + 4 <= at + size; time += step) frame.writeUInt32BE(0, time);
}

/**
 * Zero what hangs on the secret and the clock of a kernel in a SYN|ACK that SYNPROXY sent: the sequence number, the time stamp
 * but for its lowest bits, and the checksum. Other frames stay.
 */
export function blankCookie(hex: string): string {
  const frame = Buffer.from(hex, 'hex');
  const isIpv4 = frame.length > ETHERNET + IP_HEADER && frame.readUInt16BE(12) === 0x0800;
  const at = ETHERNET + (isIpv4 ? IP_HEADER : IPV6_HEADER);
  if (frame.length < at + TCP_HEADER || frame[isIpv4 ? ETHERNET + 9 : ETHERNET + 6] !== TCP) return hex;
  if ((frame[at + 13]! & SYN_ACK) !== SYN_ACK) return hex;
  frame.fill(0, at + 4, at + 8);
  frame.fill(0, at + 16, at + 18);
  const times = frame.indexOf(Buffer.of(8, 10), at + TCP_HEADER);
  if (times > 0) {
    frame.fill(0, times + 2, times + 5);
    frame[times + 5]! &= 0x3f;
  }
  return frame.toString('hex');
}

/** Zero the two times a host writes into an ICMP timestamp reply of its own (RFC 792), and the checksum. Other frames stay. */
export function blankReplyTimes(hex: string): string {
  const frame = Buffer.from(hex, 'hex');
  if (frame.length < ETHERNET + IP_HEADER || frame.readUInt16BE(12) !== 0x0800 || frame[ETHERNET + 9] !== ICMP) return hex;
  const at = ETHERNET + (frame[ETHERNET]! & 15) * 4;
  if (frame.length < at + ICMP_HEADER + 12 || frame[at] !== TIMESTAMP_REPLY) return hex;
  frame.fill(0, at + 2, at + 4);
  frame.fill(0, at + ICMP_HEADER + 4, at + ICMP_HEADER + 12);
  return frame.toString('hex');
}
