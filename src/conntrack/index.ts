/**
 * Connection tracking: what may be known of connections, and when they change.
 * @module
 */
export { Conntrack, type ConntrackOptions } from './conntrack.ts';
export { CtInfo, Direction, directionOf, StateBit, Status } from './ctinfo.ts';
export type { ConntrackLine, ConntrackListing, ConntrackSide } from './dump.ts';
export { Change, type ConntrackEvents } from './events.ts';
export { Invalid } from './invalid.ts';
export { ConntrackStats } from './stats.ts';
export { Tuple } from './tuple.ts';
export { TcpState } from './proto/tcp-table.ts';
export { SctpState } from './proto/sctp-table.ts';
