/**
 * What a protocol tracker makes of a packet.
 * @module
 */
export const Track = {
  /** Part of the connection. */
  Accept: 1,
  /** To be dropped. */
  Drop: 0,
  /** Not part of it: the packet goes on without a connection. */
  Invalid: -1,
  /** The entry was killed: look the packet up again. */
  Repeat: -4,
} as const;
export type Track = (typeof Track)[keyof typeof Track];
