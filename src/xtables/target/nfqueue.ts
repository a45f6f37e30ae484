/**
 * NFQUEUE: hand the packet to a program. With --queue-balance, flows are spread over queues by a hash that both directions share.
 *
 *   -j NFQUEUE [--queue-num 0 | --queue-balance 0:3 [--queue-cpu-fanout]] [--queue-bypass]
 *
 * The kernel seeds that hash at random; here the seed is the machine's own random number. With fanout the processor's number
 * chooses, and there is one processor.
 * Reference: iptables-extensions(8), "NFQUEUE". Kernel counterpart: net/netfilter/xt_NFQUEUE.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { jhash3words, reciprocalScale } from '../../inet/hash.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { GivenOption, Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { networkOrderWord } from './host-word.ts';
import { parseUint, readUint, U16 } from './number.ts';

export interface NfqueueInfo {
  readonly first: number;
  /** Queues in all. */
  readonly total: number;
  readonly bypass: boolean;
  readonly fanout: boolean;
}

export const nfqueue: TargetModule<NfqueueInfo> = {
  name: 'NFQUEUE',
  scope: 'stateless',
  options: [{ name: 'queue-num' }, { name: 'queue-balance' }, { name: 'queue-bypass', args: 0 }, { name: 'queue-cpu-fanout', args: 0 }],

  parse(options) {
    const fanout = options.get('queue-cpu-fanout');
    if (fanout !== undefined && !options.has('queue-balance')) fanout.fail('option "--queue-cpu-fanout" also requires "--queue-balance"');
    return { ...readQueues(options), bypass: options.has('queue-bypass'), fanout: fanout !== undefined };
  },

  print: (info) => words(info, '--').join(' '),
  list: (info) => ['NFQUEUE', ...words(info, '').map((word) => word.replace(/^queue-/, ''))].join(' '),

  compile({ first, total, bypass, fanout }, { random }) {
    // one for all rules, as in the kernel, whenever a rule is made
    const seed = random.constant;
    const balances = total > 1 && !fanout;
    return (packet) => {
      packet.queue = balances ? first + reciprocalScale(hash(packet, seed), total) : first;
      packet.queueBypass = bypass ? 1 : 0;
      return Verdict.Queue;
    };
  },
};

function readQueues(options: Options): Pick<NfqueueInfo, 'first' | 'total'> {
  if (!options.has('queue-balance')) {
    const option = options.get('queue-num');
    return { first: option === undefined ? 0 : readUint(option, 0, U16), total: 1 };
  }
  const option = options.exactlyOne('queue-num', 'queue-balance');
  const [from, to, ...rest] = option.value.split(':');
  if (to === undefined || rest.length > 0) return option.fail(`bad range "${option.value}"`);
  const first = readEnd(option, from!, 0);
  const last = readEnd(option, to, U16);
  if (first >= last) return option.fail(`${first} should be less than ${last}`);
  // The kernel counts queues in 16 bits.
  if (last - first === U16) return option.fail('more than 65535 queues');
  return { first, total: last - first + 1 };
}

function readEnd(option: GivenOption, text: string, open: number): number {
  if (text === '') return open;
  const value = parseUint(text);
  return value === null || value > U16 ? option.fail(`bad queue number "${text}"`) : value;
}

function words({ first, total, bypass, fanout }: NfqueueInfo, dashes: string): string[] {
  const out = [total > 1 ? `${dashes}queue-balance ${first}:${first + total - 1}` : `${dashes}queue-num ${first}`];
  if (bypass) out.push(`${dashes}queue-bypass`);
  if (fanout) out.push(`${dashes}queue-cpu-fanout`);
  return out.map((word) => (dashes === '' ? word.replace('queue-num', 'num').replace('queue-balance', 'balance') : word));
}

/** The same for both directions of a flow. */
function hash(packet: ReadonlyPacket, seed: number): number {
  if (packet.family === 4) {
    const src = networkOrderWord(packet.src0);
    const dst = networkOrderWord(packet.dst0);
    return src >>> 0 < dst >>> 0 ? jhash3words(src, dst, packet.protocol, seed) : jhash3words(dst, src, packet.protocol, seed);
  }
  const src = networkOrderWord(packet.src3);
  const dst = networkOrderWord(packet.dst3);
  const src1 = networkOrderWord(packet.src1);
  const dst1 = networkOrderWord(packet.dst1);
  const third = src1 >>> 0 < dst1 >>> 0 ? src1 : dst1;
  return src >>> 0 < dst >>> 0 ? jhash3words(src, dst, third, seed) : jhash3words(dst, src, third, seed);
}
