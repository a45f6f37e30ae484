/**
 * Why a translation became what it is: a small number kept with each entry, one for its source and one for its destination, and
 * the sentence that says it.
 * @module
 */

/** How the address was found (bits 0-1). */
export const AddressChoice = { Kept: 0, Only: 1, Hashed: 2, Earlier: 3 } as const;
export type AddressChoice = (typeof AddressChoice)[keyof typeof AddressChoice];

/** How the port (or ICMP id, or key) was found (bits 2-4). */
export const PortChoice = { Kept: 0, First: 1, Offset: 2, Random: 3, Earlier: 4, Exhausted: 5 } as const;
export type PortChoice = (typeof PortChoice)[keyof typeof PortChoice];

/** Set once anything was decided. */
const DECIDED = 1 << 7;
/** No rule asked for it: the binding every flow gets. */
const NULL_BINDING = 1 << 5;

export function reasonCode(address: AddressChoice, port: PortChoice, byNoRule: boolean): number {
  return DECIDED | address | (port << 2) | (byNoRule ? NULL_BINDING : 0);
}

/** The parts of a code; null while nothing was decided. */
export function readReason(code: number): { address: AddressChoice; port: PortChoice; byNoRule: boolean } | null {
  if ((code & DECIDED) === 0) return null;
  return { address: (code & 3) as AddressChoice, port: ((code >> 2) & 7) as PortChoice, byNoRule: (code & NULL_BINDING) !== 0 };
}

const ADDRESS_TEXT = [
  'the address is kept',
  'the address is the only one offered',
  'the address is picked from the range by a hash of the addresses',
  'the address is that of an earlier flow of this source',
] as const;
const PORT_TEXT = [
  'the port is kept',
  'the port is the first free one of the range',
  'the port is shifted by the distance from the base port',
  'the port is picked at random',
  'the port is that of an earlier flow of this source',
  'no port of the range is free: the last one tried stands, and the flow fails when it is confirmed',
] as const;

/** Why, in words; '' while nothing was decided. */
export function describeReason(code: number): string {
  const reason = readReason(code);
  if (reason === null) return '';
  const text = `${ADDRESS_TEXT[reason.address]}, ${PORT_TEXT[reason.port] ?? ''}`;
  return reason.byNoRule ? `no rule: ${text}` : text;
}
