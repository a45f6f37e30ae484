/**
 * Route: one line of a routing table; queries and results of a look-up. Queries and results are made once and reused: a
 * look-up allocates nothing. Addresses are int32 words (IPv4 in the first).
 * @module
 */
import { RouteType } from '../packet/destination.ts';

/** Numbers of the tables the kernel itself uses. */
export const TABLE_DEFAULT = 253;
export const TABLE_MAIN = 254;
export const TABLE_LOCAL = 255;

export interface Route {
  readonly type: RouteType;
  readonly table: number;
  /** Destination prefix. IPv4 stands in dst0. */
  readonly dst0: number;
  readonly dst1: number;
  readonly dst2: number;
  readonly dst3: number;
  readonly length: number;
  /** Interface it leads out of; 0 for blackhole and the like. */
  readonly dev: number;
  readonly hasGateway: number;
  readonly gw0: number;
  readonly gw1: number;
  readonly gw2: number;
  readonly gw3: number;
  readonly metric: number;
  /** TOS it is for (IPv4); 0 for any. */
  readonly tos: number;
  readonly scope: number;
  /** Largest IP packet; 0 means the device decides. */
  readonly mtu: number;
  /** Preferred source; all 0 for none. */
  readonly src0: number;
  readonly src1: number;
  readonly src2: number;
  readonly src3: number;
}

/** A route with everything absent; spread it and name what is there. */
export const BARE_ROUTE: Route = {
  type: RouteType.Unicast,
  table: TABLE_MAIN,
  dst0: 0,
  dst1: 0,
  dst2: 0,
  dst3: 0,
  length: 0,
  dev: 0,
  hasGateway: 0,
  gw0: 0,
  gw1: 0,
  gw2: 0,
  gw3: 0,
  metric: 0,
  tos: 0,
  scope: 0,
  mtu: 0,
  src0: 0,
  src1: 0,
  src2: 0,
  src3: 0,
};

/** What a look-up may depend on (struct flowi). `iif` is the loopback interface for what the host itself sends. */
export class RouteQuery4 {
  dst = 0;
  src = 0;
  tos = 0;
  mark = 0;
  iif = 0;
  oif = 0;
}

export class RouteQuery6 {
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  mark = 0;
  iif = 0;
  oif = 0;
}

export class RouteResult {
  /** Unspec when no route was found; Blackhole, Unreachable and Prohibit refuse. */
  type: RouteType = RouteType.Unspec;
  outdev = 0;
  hasGateway = 0;
  gateway = 0;
  gateway1 = 0;
  gateway2 = 0;
  gateway3 = 0;
  /** Octets an IP packet may have: the route's own limit, else the device's. */
  mtu = 0;
  /** IPv4: the source the host uses on this route. IPv6: the route's own preferred source, all 0 for none. */
  prefSrc = 0;
  prefSrc1 = 0;
  prefSrc2 = 0;
  prefSrc3 = 0;
  scope = 0;
  prefixLength = 0;
  table = 0;

  clear(): void {
    this.type = RouteType.Unspec;
    this.outdev = 0;
    this.hasGateway = 0;
    this.gateway = 0;
    this.gateway1 = 0;
    this.gateway2 = 0;
    this.gateway3 = 0;
    this.mtu = 0;
    this.prefSrc = 0;
    this.prefSrc1 = 0;
    this.prefSrc2 = 0;
    this.prefSrc3 = 0;
    this.scope = 0;
    this.prefixLength = 0;
    this.table = 0;
  }
}

/** Query and result objects for whoever routes: two of each, for a look-up within a look-up. */
export class RouteScratch4 {
  readonly query: RouteQuery4 = new RouteQuery4();
  readonly result: RouteResult = new RouteResult();
  readonly reverseQuery: RouteQuery4 = new RouteQuery4();
  readonly reverseResult: RouteResult = new RouteResult();
}

export class RouteScratch6 {
  readonly query: RouteQuery6 = new RouteQuery6();
  readonly result: RouteResult = new RouteResult();
  readonly reverseQuery: RouteQuery6 = new RouteQuery6();
  readonly reverseResult: RouteResult = new RouteResult();
}
