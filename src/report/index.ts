/**
 * Packets and connections as text, in the shapes people know: tcpdump, conntrack -L.
 * @module
 */
export { type ConntrackEvent, type ConntrackEventKind, ConntrackJournal, formatConntrackEvent } from './conntrack-event.ts';
export { formatConntrackExtended, formatConntrackLine, formatConntrackList, formatConntrackNorm } from './conntrack-list.ts';
export { Conversations, formatPacket } from './tcpdump.ts';
