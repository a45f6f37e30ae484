/**
 * hl: the hop limit of an IPv6 packet. FORWARD sees it decremented.
 *
 *   -m hl [!] --hl-eq 64 | --hl-lt 5 | --hl-gt 5
 *
 * Reference: iptables-extensions(8), "hl". Kernel counterpart: net/netfilter/xt_hl.c.
 * @module
 */
import { IPV6_HOP_LIMIT } from '../../wire/ipv6.ts';
import type { MatchModule } from '../match.ts';
import { type HopInfo, hopModule } from './hop-count.ts';

export const hl: MatchModule<HopInfo> = hopModule('hl', 6, IPV6_HOP_LIMIT);
