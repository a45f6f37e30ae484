export interface PcapRecord {
  readonly nowUs: number;
  readonly frame: Uint8Array;
}

/** A classic capture of Ethernet frames, in memory; `littleEndian`: as nearly all are. */
export function octets(records: readonly PcapRecord[], littleEndian = false): Uint8Array {
  const length = records.reduce((sum, { frame }) => sum + 16 + frame.length, 24);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(16, 262_144, littleEndian);
  view.setUint32(20, 1, littleEndian);
  let at = 24;
  for (const { nowUs, frame } of records) {
    view.setUint32(at, Math.floor(nowUs / 1e6), littleEndian);
    view.setUint32(at + 4, nowUs % 1e6, littleEndian);
    view.setUint32(at + 8, frame.length, littleEndian);
    view.setUint32(at + 12, frame.length, littleEndian);
    bytes.set(frame, at + 16);
    at += 16 + frame.length;
  }
  return bytes;
}
