/** A classic capture of Ethernet frames, in memory. */
export function octets(records: readonly { readonly nowUs: number; readonly frame: Uint8Array }[]): Uint8Array {
  const length = records.reduce((sum, { frame }) => sum + 16 + frame.length, 24);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 262_144);
  view.setUint32(20, 1);
  let at = 24;
  for (const { nowUs, frame } of records) {
    view.setUint32(at, Math.floor(nowUs / 1e6));
    view.setUint32(at + 4, nowUs % 1e6);
    view.setUint32(at + 8, frame.length);
    view.setUint32(at + 12, frame.length);
    bytes.set(frame, at + 16);
    at += 16 + frame.length;
  }
  return bytes;
}
