/** SCTP through the tracker. The tag rules were settled with the live kernel, one sequence each. */
import { describe, expect, it } from 'vitest';
import { build } from '../../../../src/packet/build.ts';
import { ipv4, payload, sctp } from '../../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../../support/conntrack-machine.ts';

const [DATA, INIT, INIT_ACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK] = [0, 1, 2, 4, 5, 6, 7, 8];
const [COOKIE_ECHO, COOKIE_ACK, SHUTDOWN_COMPLETE] = [10, 11, 14];

type Step = readonly [fromServer: 0 | 1, tag: number, chunk: number, announced?: number];

function chunk(type: number, announced: number): Uint8Array {
  const opens = type === INIT || type === INIT_ACK;
  const bytes = new Uint8Array(opens ? 20 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint16(2, bytes.length);
  if (opens) view.setUint32(4, announced);
  return bytes;
}

function frame([fromServer, tag, type, announced = 0]: Step): Uint8Array {
  const ends = fromServer === 1 ? ipv4('10.1.0.2', '10.0.0.2') : ipv4('10.0.0.2', '10.1.0.2');
  const head = fromServer === 1 ? sctp(80, 1000, { verificationTag: tag }) : sctp(1000, 80, { verificationTag: tag });
  return build(ends, head, payload(chunk(type, announced)));
}

function walk(...steps: readonly Step[]): { states: string[]; machine: ConntrackMachine } {
  const machine = new ConntrackMachine();
  return { states: steps.map((step) => machine.pass(frame(step)).state), machine };
}

describe('an association', () => {
  it('opens with four packets and closes with three', () => {
    const machine = new ConntrackMachine();
    const told = (step: Step): string => {
      machine.pass(frame(step));
      const [line] = machine.conntrack.dump(0);
      return `${line!.state} ${line!.timeoutSec}`;
    };
    expect(told([0, 0, INIT, 5])).toBe('CLOSED 10');
    expect(told([1, 5, INIT_ACK, 6])).toBe('COOKIE_WAIT 3');
    expect(told([0, 6, COOKIE_ECHO])).toBe('COOKIE_ECHOED 3');
    expect(told([1, 5, COOKIE_ACK])).toBe('ESTABLISHED 210');
    expect(told([0, 6, DATA])).toBe('ESTABLISHED 210');
    expect(told([0, 6, SHUTDOWN])).toBe('SHUTDOWN_SENT 3');
    expect(told([1, 5, SHUTDOWN_ACK])).toBe('SHUTDOWN_ACK_SENT 3');
    expect(told([0, 6, SHUTDOWN_COMPLETE])).toBe('CLOSED 10');
  });

  it('may not begin with data, an abort, or an INIT with a tag', () => {
    expect(walk([0, 6, DATA]).states).toEqual(['INVALID']);
    expect(walk([0, 6, ABORT]).states).toEqual(['INVALID']);
    expect(walk([0, 6, INIT, 5]).states).toEqual(['INVALID']);
  });

  it('demands the right tag', () => {
    expect(walk([0, 0, INIT, 5], [1, 9, INIT_ACK, 6]).states).toEqual(['NEW', 'INVALID']);
  });

  it('says which tag is due', () => {
    const tags = (...steps: readonly Step[]): string => {
      const machine = new ConntrackMachine();
      return steps.map((step) => machine.pass(frame(step)).invalid).at(-1)!;
    };
    const OPEN: Step[] = [
      [0, 0, INIT, 0xf0000005],
      [1, 0xf0000005, INIT_ACK, 6],
      [0, 6, COOKIE_ECHO],
      [1, 0xf0000005, COOKIE_ACK],
    ];
    expect(tags(...OPEN, [1, 7, DATA])).toBe('SCTP verification tag 0x7 where 0xf0000005 is due');
    expect(tags(...OPEN, [0, 0xf0000007, DATA])).toBe('SCTP verification tag 0xf0000007 where 0x6 is due');
    expect(tags(...OPEN, [0, 8, ABORT])).toBe('SCTP verification tag 0x8 where 0x6 is due');
    expect(tags(...OPEN, [0, 8, COOKIE_ECHO])).toBe('SCTP verification tag 0x8 where 0x6 is due');
  });

  it('takes an INIT ACK with another tag only when it is clear who opened', () => {
    // an INIT that only repeats the tag known already says nothing about who opens
    expect(walk([0, 7, HEARTBEAT], [0, 7, INIT_ACK, 22], [1, 0, INIT, 7], [0, 7, INIT_ACK, 5]).states[3]).toBe('INVALID');
    expect(walk([0, 7, HEARTBEAT], [0, 7, INIT_ACK, 22], [1, 0, INIT, 9], [0, 9, INIT_ACK, 5]).states[3]).toBe('ESTABLISHED');
    // INITs from both sides
    expect(walk([0, 0, INIT, 5], [1, 0, INIT, 6], [1, 5, INIT_ACK, 9]).states[2]).toBe('INVALID');
    expect(walk([0, 0, INIT, 5], [1, 0, INIT, 6], [1, 5, INIT_ACK, 6]).states[2]).toBe('ESTABLISHED');
    expect(walk([0, 0, INIT, 5], [1, 0, INIT, 6], [0, 0, INIT, 7], [1, 7, INIT_ACK, 9]).states[3]).toBe('ESTABLISHED');
  });

  it('learns tags from heartbeats, and anew from an answer to a failed one', () => {
    const { states, machine } = walk([0, 7, HEARTBEAT], [1, 8, HEARTBEAT_ACK], [0, 9, HEARTBEAT], [1, 3, HEARTBEAT_ACK], [0, 9, HEARTBEAT]);
    expect(states).toEqual(['NEW', 'ESTABLISHED', 'ESTABLISHED', 'ESTABLISHED', 'ESTABLISHED']);
    expect(machine.conntrack.dump(0)[0]!.state).toBe('ESTABLISHED');
  });

  it('refuses chunks that may not stand together', () => {
    const machine = new ConntrackMachine();
    const two = new Uint8Array([...chunk(INIT, 5), ...chunk(DATA, 0)]);
    const bytes = build(ipv4('10.0.0.2', '10.1.0.2'), sctp(1000, 80), payload(two));
    expect(machine.pass(bytes)).toMatchObject({ state: 'INVALID', invalid: 'SCTP chunks that may not stand together, or none' });
  });

  it('demands a right CRC32c on arrival', () => {
    const bytes = frame([0, 0, INIT, 5]);
    bytes[28]! ^= 1;
    expect(new ConntrackMachine().pass(bytes)).toMatchObject({
      state: 'INVALID',
      invalid: expect.stringMatching(/^wrong transport checksum: 0x[0-9a-f]{8}, 0x[0-9a-f]{8} would be right$/) as string,
    });
  });
});
