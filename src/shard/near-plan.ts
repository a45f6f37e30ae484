/**
 * Which addresses are near, told from the NAT rules and the host: what rules translate from (-s, -d, or the networks behind the
 * other interfaces) and into, and the host's own. A guess that costs nothing when it is wrong but speed: what the packets show is
 * checked (watch.ts).
 * @module
 */
import type { Host } from '../host/host.ts';
import type { Prefix } from '../inet/prefix.ts';
import { type NatRange, RangeFlag } from '../nat/range.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { NearNetworks } from './near.ts';

const TRANSLATES = new Set(['SNAT', 'DNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP']);
/** 10/8, 172.16/12, 192.168/16, 100.64/10: the inside of a router of which nothing more is known. */
const PRIVATE4: NearNetworks['v4'] = [
  [0x0a000000, 0xff000000 | 0],
  [0xac100000 | 0, 0xfff00000 | 0],
  [0xc0a80000 | 0, 0xffff0000 | 0],
  [0x64400000, 0xffc00000 | 0],
];
/** fc00::/7 */
const PRIVATE6: NearNetworks['v6'] = [
  [
    [0xfc000000 | 0, 0, 0, 0],
    [0xfe000000 | 0, 0, 0, 0],
  ],
];

/** null: no rule translates. */
export function nearNetworks(rules: readonly RuleSet[], host: Host): NearNetworks | null {
  const found = new Finder(host);
  let translates = false;
  for (const { tables, family } of rules) {
    for (const { name, chains } of tables) {
      if (name !== 'nat') continue;
      for (const { rules: list } of chains) {
        for (const rule of list) {
          const { target } = rule;
          if (target.kind !== 'module' || !TRANSLATES.has(target.name)) continue;
          translates = true;
          found.take(rule, target.info as NatRange, family);
        }
      }
    }
  }
  return translates ? found.networks() : null;
}

class Finder {
  private readonly v4: (readonly [number, number])[] = [];
  private readonly v6: (readonly [readonly number[], readonly number[]])[] = [];
  /** Interfaces behind which translated packets go. */
  private readonly outer: Set<string> = new Set();
  private readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  take({ header, target }: Rule, range: NatRange, family: 4 | 6): void {
    const name = target.kind === 'module' ? target.name : '';
    const isSource = name === 'SNAT' || name === 'MASQUERADE';
    if (isSource && header.outdev !== '' && !header.outdevInvert) this.outer.add(header.outdev);
    if (name !== 'DNAT' && name !== 'REDIRECT' && header.src !== null && !header.srcInvert) this.prefix(header.src);
    if (!isSource && header.dst !== null && !header.dstInvert) this.prefix(header.dst);
    if ((range.flags & RangeFlag.MapIps) !== 0) this.range(range, family);
  }

  networks(): NearNetworks {
    const { host, v4, v6 } = this;
    let hasInside = false;
    for (const device of host.interfaces) {
      if (device === undefined) continue;
      for (const { word, mask } of device.addresses4) {
        v4.push([word, -1]);
        if (mask === -1 || this.outer.has(device.name) || device.name === 'lo') continue;
        v4.push([word & mask, mask]);
        hasInside = true;
      }
      for (const { w0, w1, w2, w3 } of device.addresses6)
        v6.push([
          [w0, w1, w2, w3],
          [-1, -1, -1, -1],
        ]);
    }
    if (!hasInside) v4.push(...PRIVATE4);
    v6.push(...PRIVATE6);
    return { v4: unique(v4), v6: unique(v6) };
  }

  private prefix({ family, address, mask, length }: Prefix): void {
    if (length === 0) return;
    if (family === 4) this.v4.push([address[0]! & mask[0]!, mask[0]!]);
    else this.v6.push([[...address], [...mask]]);
  }

  /** The networks that make up a range of IPv4 addresses; of IPv6 ones, the smallest network around it. */
  private range(range: NatRange, family: 4 | 6): void {
    if (family === 6) {
      const low = [range.min0, range.min1, range.min2, range.min3];
      const masks = commonMask(low, [range.max0, range.max1, range.max2, range.max3]);
      this.v6.push([low.map((word, i) => word & masks[i]!), masks]);
      return;
    }
    const last = range.max0 >>> 0;
    for (let at = range.min0 >>> 0; at <= last; ) {
      let size = 1;
      while (size < 0x8000_0000 && at % (size * 2) === 0 && at + size * 2 - 1 <= last) size *= 2;
      this.v4.push([at | 0, -size | 0]);
      at += size;
    }
  }
}

function commonMask(a: readonly number[], b: readonly number[]): number[] {
  let isOver = false;
  return a.map((word, i) => {
    if (isOver) return 0;
    const same = Math.clz32(word ^ b[i]!);
    isOver = same < 32;
    return same === 0 ? 0 : same === 32 ? -1 : -1 << (32 - same);
  });
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((each) => [JSON.stringify(each), each])).values()];
}
