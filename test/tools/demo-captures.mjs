/**
 * Makes the captures of fixtures/demo from zeek's smtp.pcap:  node test/tools/demo-captures.mjs smtp.pcap fixtures/demo
 *
 * The trace holds a mail client behind a NAT gateway (10.10.1.4), and a laptop that hands a mail to its neighbour (192.168.133.100
 * to .102). Here the neighbour is the machine with the rules: a libvirt host, with the mail client as its guest.
 *
 *   10.10.1.x  ->  192.168.122.x          the network of the rules' guests; TTL of what comes from outside one higher
 *   answers to the mail client            arrive at the host's address, 192.168.133.102, as they do behind MASQUERADE
 *   192.168.133.102                       is the host itself: what it sends is local
 *   17.167.150.73 (the laptop's half)     -> 192.168.122.80, a guest that nobody outside may reach
 *   the second trace's clock              moved to the beginning of the first
 *
 * Everything else, payloads included, is as it was captured; checksums are amended, not made good.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [source, target] = process.argv.slice(2);
const HOST_WAN = Buffer.from('0008caccad4c', 'hex');
const GATEWAY = Buffer.from('ccb255f46292', 'hex');
const SECOND_TRACE = 1_400_000_000;
const MOVE_SEC = 1_254_722_768 - 1_437_831_776;

const word = (text) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const OUTSIDE = word('192.168.133.102');
const LAPTOP = word('192.168.133.100');
const CLOSED = word('17.167.150.73');

/** RFC 1624, equation 3, on 16-bit words. */
function amend(bytes, at, before, after) {
  let sum = (~bytes.readUInt16BE(at) & 0xffff) + (~(before >>> 16) & 0xffff) + (~before & 0xffff) + (after >>> 16) + (after & 0xffff);
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  bytes.writeUInt16BE(~sum & 0xffff, at);
}

/** Replace an address of the IP packet at `ip` and keep the checksums of header and transport. */
function setAddress(frame, ip, at, after) {
  const before = frame.readUInt32BE(ip + at);
  frame.writeUInt32BE(after, ip + at);
  amend(frame, ip + 10, before, after);
  const transport = ip + (frame[ip] & 15) * 4;
  const field = { 6: 16, 17: 6 }[frame[ip + 9]];
  if (field !== undefined && transport + field + 2 <= frame.length) amend(frame, transport + field, before, after);
}

/** The packet an ICMP error quotes: its source is the guest; both the quoted header and the message keep their checksums. */
function setQuotedSource(frame, ip, after) {
  const icmp = ip + (frame[ip] & 15) * 4;
  const quoted = icmp + 8;
  const before = frame.readUInt32BE(quoted + 12);
  const sum = frame.readUInt16BE(quoted + 10);
  frame.writeUInt32BE(after, quoted + 12);
  amend(frame, quoted + 10, before, after);
  amend(frame, icmp + 2, before, after);
  amend(frame, icmp + 2, sum, frame.readUInt16BE(quoted + 10));
}

function setTtl(frame, ip, ttl) {
  const before = frame.readUInt16BE(ip + 8);
  frame[ip + 8] = ttl;
  amend(frame, ip + 10, before, frame.readUInt16BE(ip + 8));
}

const inLan = (address) => address >>> 8 === word('0.10.10.1');
const mapLan = (address) => (inLan(address) ? (word('192.168.122.0') | (address & 255)) >>> 0 : address);

/** Where a frame belongs: 'lan', 'wan', 'local' or null; changes it on the way. */
function place(frame, second) {
  if (frame.readUInt16BE(12) !== 0x0800) return null;
  const ip = 14;
  const src = frame.readUInt32BE(ip + 12);
  const dst = frame.readUInt32BE(ip + 16);
  if (!second) {
    if (src === word('10.10.1.1')) {
      setAddress(frame, ip, 12, mapLan(src));
      setAddress(frame, ip, 16, mapLan(dst));
      return 'local';
    }
    if (inLan(src)) {
      setAddress(frame, ip, 12, mapLan(src));
      if (inLan(dst)) setAddress(frame, ip, 16, mapLan(dst));
      return 'lan';
    }
    setAddress(frame, ip, 16, OUTSIDE);
    if (frame[ip + 9] === 1) setQuotedSource(frame, ip, OUTSIDE);
    setTtl(frame, ip, frame[ip + 8] + 1);
    HOST_WAN.copy(frame, 0);
    GATEWAY.copy(frame, 6);
    return 'wan';
  }
  if (src === OUTSIDE) {
    if (frame.readUInt16BE(ip + 4) === 0) {
      frame.writeUInt16BE(1, ip + 4);
      amend(frame, ip + 10, 0, 1);
    }
    return 'local';
  }
  if (src === LAPTOP && dst === CLOSED) {
    setAddress(frame, ip, 16, word('192.168.122.80'));
    HOST_WAN.copy(frame, 0);
    return 'wan';
  }
  return dst === CLOSED || src === CLOSED ? null : 'wan';
}

const file = readFileSync(source);
const head = file.subarray(0, 24);
const out = { lan: [], wan: [], local: [] };
for (let at = 24; at < file.length; ) {
  const length = file.readUInt32LE(at + 8);
  const record = Buffer.from(file.subarray(at, at + 16 + length));
  const second = record.readUInt32LE(0) > SECOND_TRACE;
  const where = place(record.subarray(16), second);
  if (second) record.writeUInt32LE(record.readUInt32LE(0) + MOVE_SEC, 0);
  if (where !== null) out[where].push(record);
  at += 16 + length;
}
const timeOf = (record) => record.readUInt32LE(0) * 1e6 + record.readUInt32LE(4);
for (const [name, records] of Object.entries(out)) {
  records.sort((a, b) => timeOf(a) - timeOf(b));
  writeFileSync(join(target, `${name}.pcap`), Buffer.concat([head, ...records]));
}
process.stdout.write(`lan ${out.lan.length}, wan ${out.wan.length}, local ${out.local.length}\n`);
