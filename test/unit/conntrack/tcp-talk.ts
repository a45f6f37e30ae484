/**
 * A TCP conversation between two hosts over a tracker, for tests: `talk.c(flags, …)` is a segment of the client, `talk.s(…)` of the
 * server.
 */
import { build } from '../../../src/packet/build.ts';
import { ipv4, payload, tcp } from '../../../src/packet/build-layers.ts';
import type { ConntrackMachine, Fate, Way } from '../../support/conntrack-machine.ts';

export const F = 0x01;
export const S = 0x02;
export const R = 0x04;
export const P = 0x08;
export const A = 0x10;
export const U = 0x20;

export interface SegmentFields {
  readonly ack?: number;
  readonly data?: string;
  readonly window?: number;
  readonly options?: Uint8Array;
}

export class TcpTalk {
  readonly machine: ConntrackMachine;
  client = '10.0.0.2';
  server = '10.1.0.2';
  clientPort = 1000;
  serverPort = 80;

  constructor(machine: ConntrackMachine) {
    this.machine = machine;
  }

  c(flags: number, seq: number, fields: SegmentFields = {}, way: Way = {}): Fate {
    return this.machine.pass(this.bytes(true, flags, seq, fields), way);
  }

  s(flags: number, seq: number, fields: SegmentFields = {}, way: Way = {}): Fate {
    return this.machine.pass(this.bytes(false, flags, seq, fields), way);
  }

  bytes(fromClient: boolean, flags: number, seq: number, fields: SegmentFields = {}): Uint8Array {
    const { ack = 0, data = '', window = 64_240, options } = fields;
    const [from, to] = fromClient ? [this.client, this.server] : [this.server, this.client];
    const [sport, dport] = fromClient ? [this.clientPort, this.serverPort] : [this.serverPort, this.clientPort];
    const head = tcp(sport, dport, { seq: seq >>> 0, ack: ack >>> 0, flags, window }, options);
    return build(ipv4(from, to), head, payload(data));
  }

  /** SYN, SYN|ACK, ACK: client numbers from 100, server's from 500. */
  open(): Fate {
    this.c(S, 100);
    this.s(S | A, 500, { ack: 101 });
    return this.c(A, 101, { ack: 501 });
  }
}
