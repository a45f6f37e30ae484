/**
 * REJECT: drop the packet and say so to its sender: by an ICMP error or a TCP reset.
 *
 *   -j REJECT [--reject-with icmp-port-unreachable | icmp-host-prohibited | ... | tcp-reset]
 *
 * Whether and how the answer goes out is the engine's (hook/responder.ts): none about errors, later fragments, broadcasts and
 * packets with a wrong checksum.
 * Reference: iptables-extensions(8), "REJECT". Kernel counterparts: ipt_REJECT.c, ip6t_REJECT.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Responder } from '../../hook/responder.ts';
import type { TargetModule } from '../target.ts';

/** A kind of answer: its name, the older one, the code of the unreachable message. */
type Kind = readonly [name: string, alias: string, code: number];

/** What a table shows for a TCP reset in the place of a code. */
const RESET = -1;
const DEST_UNREACHABLE = 3;
const DEST_UNREACHABLE6 = 1;

const KINDS4: readonly Kind[] = [
  ['icmp-net-unreachable', 'net-unreach', 0],
  ['icmp-host-unreachable', 'host-unreach', 1],
  ['icmp-proto-unreachable', 'proto-unreach', 2],
  ['icmp-port-unreachable', 'port-unreach', 3],
  ['icmp-net-prohibited', 'net-prohib', 9],
  ['icmp-host-prohibited', 'host-prohib', 10],
  ['tcp-reset', 'tcp-rst', RESET],
  ['icmp-admin-prohibited', 'admin-prohib', 13],
];

const KINDS6: readonly Kind[] = [
  ['icmp6-no-route', 'no-route', 0],
  ['icmp6-adm-prohibited', 'adm-prohibited', 1],
  ['icmp6-addr-unreachable', 'addr-unreach', 3],
  ['icmp6-port-unreachable', 'port-unreach', 4],
  ['tcp-reset', 'tcp-reset', RESET],
  ['icmp6-policy-fail', 'policy-fail', 5],
  ['icmp6-reject-route', 'reject-route', 6],
];

export interface RejectInfo {
  readonly name: string;
  readonly code: number;
}

export const reject: TargetModule<RejectInfo> = {
  name: 'REJECT',
  scope: 'stateless',
  tables: ['filter'],
  hooks: hookMask(Hook.Input, Hook.Forward, Hook.Output),
  options: [{ name: 'reject-with' }],

  parse(options) {
    const { family, protocol, protocolInverted } = options.context;
    const kinds = family === 4 ? KINDS4 : KINDS6;
    const option = options.get('reject-with');
    if (option === undefined) return named(kinds[3]!);
    // The first name or alias that begins with the word: as iptables matches it.
    const word = option.value.toLowerCase();
    const kind = kinds.find(([name, alias]) => word !== '' && (name.startsWith(word) || alias.startsWith(word)));
    if (kind === undefined) return option.fail(`unknown reject type "${option.value}"`);
    if (kind[2] === RESET && (protocol !== ipproto.TCP || protocolInverted)) option.fail('tcp-reset is for "-p tcp" only');
    return named(kind);
  },

  print: ({ name }) => `--reject-with ${name}`,
  list: ({ name }) => `reject-with ${name}`,

  compile({ code }, { responder, family }) {
    return (packet) => {
      answer(packet, code, responder, family);
      return Verdict.Drop;
    };
  },
};

function named([name, , code]: Kind): RejectInfo {
  return { name, code };
}

function answer(packet: Packet, code: number, responder: Responder, family: 4 | 6): void {
  if (code === RESET) responder.tcpReset(packet);
  else if (family === 4) responder.icmpError(packet, DEST_UNREACHABLE, code, 0, 'reject');
  else responder.icmpv6Error(packet, DEST_UNREACHABLE6, code, 0, 'reject');
}
