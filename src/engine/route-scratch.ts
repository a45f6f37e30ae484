/**
 * Query and result objects of route look-ups, made once per host and reused; two of each, for a look-up within a look-up.
 * @module
 */
import type { RouteQuery4, RouteQuery6, RouteResult } from '../host/route.ts';

export interface RouteScratch4 {
  readonly query: RouteQuery4;
  readonly result: RouteResult;
  readonly reverseQuery: RouteQuery4;
  readonly reverseResult: RouteResult;
}

/** Aim a query at a destination; nothing else is asked. */
export function resetQuery4(query: RouteQuery4, dst: number, src: number): void {
  query.dst = dst;
  query.src = src;
  query.tos = 0;
  query.mark = 0;
  query.iif = 0;
  query.oif = 0;
}

/** Words of an IPv6 (or, in word 0, IPv4) address pair as packets carry them. */
export interface AddressPair {
  readonly src0: number;
  readonly src1: number;
  readonly src2: number;
  readonly src3: number;
  readonly dst0: number;
  readonly dst1: number;
  readonly dst2: number;
  readonly dst3: number;
}

/** Aim a query at the destination of a packet (or, `reversed`, at its source). */
export function resetQuery6(query: RouteQuery6, pair: AddressPair, reversed: boolean): void {
  query.dst0 = reversed ? pair.src0 : pair.dst0;
  query.dst1 = reversed ? pair.src1 : pair.dst1;
  query.dst2 = reversed ? pair.src2 : pair.dst2;
  query.dst3 = reversed ? pair.src3 : pair.dst3;
  query.src0 = reversed ? pair.dst0 : pair.src0;
  query.src1 = reversed ? pair.dst1 : pair.src1;
  query.src2 = reversed ? pair.dst2 : pair.src2;
  query.src3 = reversed ? pair.dst3 : pair.src3;
  query.mark = 0;
  query.iif = 0;
  query.oif = 0;
}
