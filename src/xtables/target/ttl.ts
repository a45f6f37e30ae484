/**
 * TTL and HL: set, raise or lower the time to live (hop limit). It stops at 255 and at 0; a packet that reaches 0 still goes on,
 * since nothing behind the rule looks again.
 *
 *   -j TTL --ttl-set 64 | --ttl-inc 1 | --ttl-dec 1           -j HL --hl-set ...
 *
 * Reference: iptables-extensions(8), "TTL", "HL". Kernel counterpart: net/netfilter/xt_HL.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { IPV4_TTL, Ipv4View } from '../../wire/ipv4.ts';
import { IPV6_HOP_LIMIT } from '../../wire/ipv6.ts';
import type { TargetFunction, TargetModule } from '../target.ts';
import { readUint, U8 } from './number.ts';

export interface HopInfo {
  readonly mode: 'set' | 'inc' | 'dec';
  readonly value: number;
}

const WORDS = { set: 'set to', inc: 'increment by', dec: 'decrement by' } as const;
const MODES = ['set', 'inc', 'dec'] as const;

export const ttl: TargetModule<HopInfo> = hopTarget('TTL', 'ttl', 4, compileTtl);
export const hl: TargetModule<HopInfo> = hopTarget('HL', 'hl', 6, compileHopLimit);

function hopTarget(name: string, prefix: string, family: 4 | 6, compile: (info: HopInfo) => TargetFunction): TargetModule<HopInfo> {
  return {
    name,
    scope: 'stateless',
    families: [family],
    tables: ['mangle'],
    options: MODES.map((mode) => ({ name: `${prefix}-${mode}` })),
    parse(options) {
      const option = options.exactlyOne(...MODES.map((mode) => `${prefix}-${mode}`));
      const mode = MODES.find((candidate) => option.name === `${prefix}-${candidate}`)!;
      return { mode, value: readUint(option, mode === 'set' ? 0 : 1, U8) };
    },
    print: ({ mode, value }) => `--${prefix}-${mode} ${value}`,
    list: ({ mode, value }) => `${name} ${WORDS[mode]} ${value}`,
    compile,
  };
}

/** What a hop count becomes. */
function hopsAfter({ mode, value }: HopInfo, hops: number): number {
  if (mode === 'set') return value;
  return mode === 'inc' ? Math.min(U8, hops + value) : Math.max(0, hops - value);
}

function compileTtl(info: HopInfo): TargetFunction {
  const ip = new Ipv4View();
  return (packet) => {
    const hops = packet.view.getUint8(packet.network + IPV4_TTL);
    const after = hopsAfter(info, hops);
    if (after === hops) return Verdict.Continue;
    packet.makeWritable();
    ip.at(packet.view, packet.network).rewriteTtl(after);
    return Verdict.Continue;
  };
}

function compileHopLimit(info: HopInfo): TargetFunction {
  return (packet) => {
    const hops = packet.view.getUint8(packet.network + IPV6_HOP_LIMIT);
    const after = hopsAfter(info, hops);
    if (after === hops) return Verdict.Continue;
    packet.makeWritable();
    packet.view.setUint8(packet.network + IPV6_HOP_LIMIT, after);
    return Verdict.Continue;
  };
}
