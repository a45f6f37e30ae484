/**
 * Whole packets: no later fragment, with all of the transport header its protocol promises, behind headers that could be followed.
 * Of them ports can be read, and no port match drops them.
 * @module
 */
import { TCP } from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';

// Names of this module's own: V8 folds those into the code.
const IS_TCP = TCP;
const TCP_HEADER = 20;
const OTHER_HEADER = 8;

export function isWhole({ protocol, fragOffset, transportLength }: ReadonlyPacket): boolean {
  return fragOffset === 0 && protocol >= 0 && transportLength >= (protocol === IS_TCP ? TCP_HEADER : OTHER_HEADER);
}
