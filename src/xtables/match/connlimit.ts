/**
 * connlimit: how many connections there are from (or to) the same address or network.
 *
 *   -m connlimit --connlimit-above 3 [--connlimit-mask 24] [--connlimit-saddr | --connlimit-daddr]
 *
 * Each rule counts for itself (connection-count.ts). The key is the packet's address, not the connection's: replies count
 * under the server's address. A packet whose connection cannot be told (a later fragment) or is not left on the list it should be
 * on drops at once.
 * Reference: iptables-extensions(8), "connlimit". Kernel counterpart: net/netfilter/xt_connlimit.c (behaviour only).
 * @module
 */
import { Direction, Status } from '../../conntrack/ctinfo.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { readPacketTuple } from '../../conntrack/tuple-of.ts';
import * as ipproto from '../../inet/protocol.ts';
import { maskOf } from '../../inet/prefix.ts';
import type { Packet, ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import { ConnectionCount, Standing } from './connection-count.ts';
import { parseMaskLength, RAGGED } from './mask-length.ts';
import { forbidTogether, unsigned } from './option-value.ts';

const NAME = 'connlimit';

export interface ConnlimitInfo {
  readonly above: boolean;
  readonly limit: number;
  readonly mask: number;
  readonly side: 'saddr' | 'daddr';
}

export const connlimit: MatchModule<ConnlimitInfo> = {
  name: NAME,
  scope: 'global',
  conntrack: true,
  options: [
    { name: 'connlimit-upto', invert: true },
    { name: 'connlimit-above', invert: true },
    { name: 'connlimit-mask' },
    { name: 'connlimit-saddr', args: 0 },
    { name: 'connlimit-daddr', args: 0 },
  ],

  parse(options) {
    forbidTogether(options, NAME, 'connlimit-upto', 'connlimit-above');
    forbidTogether(options, NAME, 'connlimit-saddr', 'connlimit-daddr');
    const limit = options.get('connlimit-above') ?? options.get('connlimit-upto');
    if (limit === undefined) return options.fail('You must specify "--connlimit-above" or "--connlimit-upto"');
    const bits = options.context.family === 4 ? 32 : 128;
    const given = options.get('connlimit-mask');
    const mask = given === undefined ? bits : parseMaskLength(given, NAME, bits);
    return {
      above: (limit.name === 'connlimit-above') !== limit.invert,
      limit: unsigned(limit, NAME),
      mask: mask === RAGGED ? bits : mask,
      side: options.has('connlimit-daddr') ? 'daddr' : 'saddr',
    };
  },

  print({ above, limit, mask, side }) {
    return `--connlimit-${above ? 'above' : 'upto'} ${limit} --connlimit-mask ${mask} --connlimit-${side}`;
  },

  list({ above, limit, mask, side }) {
    return `#conn ${side === 'saddr' ? 'src' : 'dst'}/${mask} ${above ? '>' : '<='} ${limit}`;
  },

  compile({ above, limit, mask, side }, services) {
    const { conntrack, family } = services;
    const counter = new ConnectionCount(conntrack);
    const { key } = counter;
    const tuple = new Tuple();
    const useDst = side === 'daddr';
    const masks = new Int32Array(4);
    masks.set(maskOf(mask, family));
    return (packet) => {
      let entry = packet.ct;
      let zone = 0;
      if (entry >= 0) {
        conntrack.readTuple(entry, Direction.Original, tuple);
        zone = conntrack.zone(entry, Direction.Original);
      } else if (hasTuple(packet) && readPacketTuple(packet as Packet, tuple)) {
        entry = conntrack.find(tuple, 0);
      } else {
        return hotdrop(packet);
      }
      key[0] = (useDst ? packet.dst0 : packet.src0) & masks[0]!;
      key[1] = (useDst ? packet.dst1 : packet.src1) & masks[1]!;
      key[2] = (useDst ? packet.dst2 : packet.src2) & masks[2]!;
      key[3] = (useDst ? packet.dst3 : packet.src3) & masks[3]!;
      key[4] = zone;
      counter.at(packet.nowUs, tuple, zone);
      const count = counter.count(entry < 0 ? Standing.New : standingOf(conntrack.status(entry)));
      return count === 0 ? hotdrop(packet) : count > limit === above;
    };
  },
};

/** Whether it can be told which protocol the packet carries, and where. */
function hasTuple({ family, protocol, fragOffset }: ReadonlyPacket): boolean {
  return fragOffset === 0 && protocol >= 0 && (family === 4 || protocol !== ipproto.NONE);
}

function standingOf(status: number): Standing {
  if ((status & Status.Confirmed) === 0) return Standing.New;
  return (status & Status.Assured) === 0 ? Standing.Confirmed : Standing.Assured;
}

function hotdrop(packet: ReadonlyPacket): false {
  packet.hotdrop = true;
  return false;
}
