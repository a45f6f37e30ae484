/** Sequence adjustment: what is behind a payload that changed its length. */
import { describe, expect, it } from 'vitest';
import { pseudoHeaderSum, sum16 } from '../../../src/inet/checksum.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { TcpView } from '../../../src/wire/tcp.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';
import { A, TcpTalk } from './tcp-talk.ts';

const GREW = 3;
const AT = 101;

function adjusted(): TcpTalk {
  const talk = new TcpTalk(new ConntrackMachine());
  const { entry } = talk.open();
  talk.machine.conntrack.adjustSequence(entry, 0, AT, GREW);
  return talk;
}

function out(talk: TcpTalk, bytes: Uint8Array): { seq: number; ack: number; packet: Packet } {
  const packet = talk.machine.enter(bytes);
  talk.machine.leave(packet);
  const view = new TcpView().at(packet.view, packet.transport);
  return { seq: view.seq, ack: view.ack, packet };
}

function holds(packet: Packet): boolean {
  const { view, transport, transportLength } = packet;
  return sum16(view, transport, transportLength, pseudoHeaderSum(packet, 6, transportLength)) === 0xffff;
}

describe('sequence adjustment', () => {
  it('shifts what comes behind the change, and only that', () => {
    const talk = adjusted();
    expect(out(talk, talk.bytes(true, A, AT, { ack: 501, data: 'changed' })).seq).toBe(AT);
    const behind = out(talk, talk.bytes(true, A, AT + 7, { ack: 501, data: 'x' }));
    expect(behind.seq).toBe(AT + 7 + GREW);
    expect(holds(behind.packet)).toBe(true);
  });

  it('shifts the acknowledgements of the peer back', () => {
    const talk = adjusted();
    out(talk, talk.bytes(true, A, AT, { ack: 501, data: 'changed' }));
    const answer = out(talk, talk.bytes(false, A, 501, { ack: AT + 7 + GREW }));
    expect([answer.seq, answer.ack]).toEqual([501, AT + 7]);
    expect(holds(answer.packet)).toBe(true);
  });

  it('shifts SACK blocks too, at any alignment', () => {
    for (const lead of [0, 1, 2]) {
      const talk = adjusted();
      out(talk, talk.bytes(true, A, AT, { ack: 501, data: 'changed, and then some more' }));
      const options = new Uint8Array(12);
      options.fill(1, 0, lead);
      options.set([5, 10], lead);
      const view = new DataView(options.buffer);
      view.setUint32(lead + 2, 120);
      if (lead <= 2) view.setUint32(lead + 6, 125);
      const answer = out(talk, talk.bytes(false, A, 501, { ack: AT, options: options.slice(0, 12) }));
      const at = answer.packet.transport + 20 + lead + 2;
      expect(answer.packet.view.getUint32(at)).toBe(120 - GREW);
      expect(answer.packet.view.getUint32(at + 4)).toBe(125 - GREW);
      // recorded: the kernel sums words at odd offsets as if they stood at even ones (fixtures/scenarios/helpers/ftp-sequence-1)
      expect(holds(answer.packet)).toBe(lead !== 1);
    }
  });

  it('moves the position up with each change', () => {
    const talk = adjusted();
    const { entry } = talk.c(A, AT, { ack: 501 });
    talk.machine.conntrack.adjustSequence(entry, 0, 200, -1);
    const offset = (seq: number): number => talk.machine.conntrack.sequenceOffset(entry, 0, seq);
    expect([150, 200, 201].map(offset)).toEqual([GREW, GREW, GREW - 1]);
  });
});
