/**
 * Ethernet addresses as text: six pairs of hex digits between colons.
 * @module
 */

/** Octets of an address. */
export const MAC_LEN = 6;

/** The address a text names, or null. Upper-case digits are read too. */
export function parseMac(text: string): Uint8Array | null {
  if (!/^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/.test(text)) return null;
  const bytes = new Uint8Array(MAC_LEN);
  for (let i = 0; i < MAC_LEN; i++) bytes[i] = Number.parseInt(text.slice(3 * i, 3 * i + 2), 16);
  return bytes;
}

/** The six octets at `offset` as text. */
export function formatMac(bytes: Uint8Array, offset = 0): string {
  let text = '';
  for (let i = 0; i < MAC_LEN; i++) {
    const pair = (bytes[offset + i] ?? 0).toString(16).padStart(2, '0');
    text += i === 0 ? pair : `:${pair}`;
  }
  return text;
}
