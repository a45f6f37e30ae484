/**
 * ECN: write the ECN bits of the IPv4 header and the ECE and CWR flags of TCP.
 *
 *   -p tcp -j ECN --ecn-tcp-remove | [--ecn-tcp-ece 0] [--ecn-tcp-cwr 0] [--ecn-ip-ect 0]
 *
 * Reference: iptables-extensions(8), "ECN". Kernel counterpart: net/ipv4/netfilter/ipt_ECN.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { replaceU16 } from '../../inet/checksum.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import { pullTransport } from '../../packet/pieces.ts';
import type { Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { readUint } from './number.ts';
import { TCP_CHECKSUM, TCP_DATA_OFFSET, TCP_HEADER_LEN } from './tcp-option.ts';
import { TrafficClass } from './traffic-class.ts';

export interface EcnInfo {
  /** What to write; -1 leaves it. */
  readonly ece: number;
  readonly cwr: number;
  readonly ect: number;
}

const LEAVE = -1;
const ECE = 0x40;
const CWR = 0x80;
const ECN_MASK = 3;

export const ecn: TargetModule<EcnInfo> = {
  name: 'ECN',
  scope: 'stateless',
  families: [4],
  tables: ['mangle'],
  options: [{ name: 'ecn-tcp-remove', args: 0 }, { name: 'ecn-tcp-cwr' }, { name: 'ecn-tcp-ece' }, { name: 'ecn-ip-ect' }],

  parse(options) {
    const remove = options.get('ecn-tcp-remove');
    if (remove !== undefined && (options.has('ecn-tcp-cwr') || options.has('ecn-tcp-ece'))) {
      remove.fail('option "--ecn-tcp-remove" cannot be used together with "--ecn-tcp-cwr" or "--ecn-tcp-ece"');
    }
    const info =
      remove === undefined
        ? { ece: readBits(options, 'ecn-tcp-ece', 1), cwr: readBits(options, 'ecn-tcp-cwr', 1), ect: readBits(options, 'ecn-ip-ect', 3) }
        : { ece: 0, cwr: 0, ect: readBits(options, 'ecn-ip-ect', 3) };
    if (info.ece === LEAVE && info.cwr === LEAVE && info.ect === LEAVE) options.fail('an operation is required');
    const { protocol, protocolInverted } = options.context;
    const writesTcp = info.ece !== LEAVE || info.cwr !== LEAVE;
    if (writesTcp && (protocol !== ipproto.TCP || protocolInverted)) options.fail('cannot use operation on non-tcp rule');
    return info;
  },

  print({ ece, cwr, ect }) {
    if (ece === 0 && cwr === 0 && ect === LEAVE) return '--ecn-tcp-remove';
    return [word('--ecn-tcp-ece ', ece), word('--ecn-tcp-cwr ', cwr), word('--ecn-ip-ect ', ect)].filter((text) => text !== '').join(' ');
  },

  list({ ece, cwr, ect }) {
    if (ece === 0 && cwr === 0 && ect === LEAVE) return 'ECN TCP remove';
    return ['ECN', word('ECE=', ece), word('CWR=', cwr), word('ECT codepoint=', ect)].filter((text) => text !== '').join(' ');
  },

  compile({ ece, cwr, ect }) {
    const field = new TrafficClass();
    const clear = (ece === LEAVE ? 0 : ECE) | (cwr === LEAVE ? 0 : CWR);
    const set = (ece === 1 ? ECE : 0) | (cwr === 1 ? CWR : 0);
    return (packet) => {
      if (ect !== LEAVE) field.write(packet, (field.read(packet) & ~ECN_MASK) | ect);
      if (clear === 0 || packet.protocol !== ipproto.TCP) return Verdict.Continue;
      if (packet.transportLength < TCP_HEADER_LEN) return Verdict.Drop;
      pullTransport(packet, TCP_HEADER_LEN);
      writeFlags(packet, clear, set);
      return Verdict.Continue;
    };
  },
};

function readBits(options: Options, name: string, max: number): number {
  const option = options.get(name);
  return option === undefined ? LEAVE : readUint(option, 0, max);
}

function word(before: string, value: number): string {
  return value === LEAVE ? '' : before + value;
}

function writeFlags(packet: Packet, clear: number, set: number): void {
  const before = packet.view.getUint16(packet.transport + TCP_DATA_OFFSET);
  const after = (before & ~clear) | set;
  if (after === before) return;
  packet.makeWritable();
  const { view, transport } = packet;
  view.setUint16(transport + TCP_DATA_OFFSET, after);
  view.setUint16(transport + TCP_CHECKSUM, replaceU16(view.getUint16(transport + TCP_CHECKSUM), before, after));
}
