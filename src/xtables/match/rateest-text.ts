/**
 * Rates of the rateest match as text: octets a second in 32 bits, read in bits (`8kbit`) or octets (`1kbps`) and written in
 * bits. Prefixes are powers of 1000, with an i of 1024; a bare number is bits. Cold path.
 * @module
 */

/** Octets a second of each unit. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['bit', 1 / 8],
  ['kibit', 1024 / 8],
  ['kbit', 1000 / 8],
  ['mibit', 1024 ** 2 / 8],
  ['mbit', 1000 ** 2 / 8],
  ['gibit', 1024 ** 3 / 8],
  ['gbit', 1000 ** 3 / 8],
  ['tibit', 1024 ** 4 / 8],
  ['tbit', 1000 ** 4 / 8],
  ['bps', 1],
  ['kibps', 1024],
  ['kbps', 1000],
  ['mibps', 1024 ** 2],
  ['mbps', 1000 ** 2],
  ['gibps', 1024 ** 3],
  ['gbps', 1000 ** 3],
  ['tibps', 1024 ** 4],
  ['tbps', 1000 ** 4],
]);

/** Octets a second, modulo 2^32 as iptables keeps them; null when the text is no rate. */
export function parseBitRate(text: string): number | null {
  const parts = /^\s*([0-9]{0,20}(?:\.[0-9]{0,20})?(?:e[0-9]{1,2})?)([a-z]*)$/i.exec(text);
  const unit = parts === null ? undefined : parts[2] === '' ? 1 / 8 : UNITS.get(parts[2]!.toLowerCase());
  const octets = Math.floor(Number.parseFloat(parts?.[1] ?? '') * (unit ?? Number.NaN));
  return Number.isNaN(octets) ? null : Number(BigInt.asUintN(32, BigInt(octets)));
}

/** A rate in bits, in thousands once it has more than six digits. */
export function formatBitRate(octets: number): string {
  const bits = octets * 8;
  if (bits >= 1e9) return `${Math.round(bits / 1e6)}Mbit`;
  return bits >= 1e6 ? `${Math.round(bits / 1e3)}Kbit` : `${Math.round(bits)}bit`;
}
