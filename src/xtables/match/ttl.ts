/**
 * ttl: the time to live of an IPv4 packet. FORWARD sees it decremented.
 *
 *   -m ttl [!] --ttl-eq 64 | --ttl-lt 5 | --ttl-gt 5
 *
 * Reference: iptables-extensions(8), "ttl". Kernel counterpart: net/netfilter/xt_hl.c.
 * @module
 */
import { IPV4_TTL } from '../../wire/ipv4.ts';
import type { MatchModule } from '../match.ts';
import { type HopInfo, hopModule } from './hop-count.ts';

export const ttl: MatchModule<HopInfo> = hopModule('ttl', 4, IPV4_TTL);
