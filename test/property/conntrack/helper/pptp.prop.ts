/**
 * A PPTP control connection beside a model of the kernel's (net/netfilter/nf_conntrack_pptp.c): whatever the two ends say, in turn or out
 * of it, both are in the same state, expect the same tunnel, and tell NAT of the same messages.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../../../src/conntrack/core.ts';
import { CtInfo, Status } from '../../../../src/conntrack/ctinfo.ts';
import { Expected, type Expectation } from '../../../../src/conntrack/expect.ts';
import { PPTP_WORDS } from '../../../../src/conntrack/helper/pptp-nat.ts';
import { pptp } from '../../../../src/conntrack/helper/pptp.ts';
import { HZ } from '../../../../src/conntrack/options.ts';
import { Tuple } from '../../../../src/conntrack/tuple.ts';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { GRE } from '../../../../src/inet/protocol.ts';
import { ipv4, payload, tcp } from '../../../../src/packet/build-layers.ts';
import { packetOf } from '../../../support/nat-frames.ts';

const [CLIENT, SERVER] = [0x0a000002, 0x0a010002];
const NOW = 5 * HZ;
const ENTRY = 3;

/** The fields of each kind of message: their names by their octets, the rest zeros. RFC 2637 §2. */
const KINDS = {
  startRequest: { number: 1, size: 144, fields: [] },
  startReply: { number: 2, size: 144, fields: ['', '', 'result'] },
  stopRequest: { number: 3, size: 4, fields: [] },
  stopReply: { number: 4, size: 4, fields: ['result'] },
  echoRequest: { number: 5, size: 0, fields: [] },
  echoReply: { number: 6, size: 0, fields: [] },
  outCallRequest: { number: 7, size: 156, fields: ['', 'id'] },
  outCallReply: { number: 8, size: 20, fields: ['', 'id', '', 'peer', 'result'] },
  inCallRequest: { number: 9, size: 208, fields: ['', 'id'] },
  inCallReply: { number: 10, size: 12, fields: ['', 'id', '', 'peer', 'result'] },
  inCallConnect: { number: 11, size: 16, fields: ['', 'peer'] },
  clearRequest: { number: 12, size: 4, fields: ['', 'id'] },
  disconnect: { number: 13, size: 136, fields: ['', 'id'] },
  wanError: { number: 14, size: 28, fields: ['', 'peer'] },
  setLinkInfo: { number: 15, size: 12, fields: ['', 'peer'] },
  none: { number: 16, size: 0, fields: [] },
} as const;
type Kind = keyof typeof KINDS;

interface Message {
  readonly kind: Kind;
  readonly isClients: boolean;
  readonly id: number;
  readonly peer: number;
  readonly result: number;
  /** Octets it is short of, or has too many. */
  readonly size: number;
  /** Who refuses: the first expectation, the second, the first key, the second; 4: nobody. */
  readonly refuses: number;
}

interface State {
  memory: number[];
  /** Expectations and keys: `client > server`. */
  expected: string[];
  keys: string[];
  /** What NAT was told of this message, and whose flow was looked for to be ended. */
  told: string[];
  ended: string[];
}

const none = (): State => ({ memory: [0, 0, 0, 0, 0], expected: [], keys: [], told: [], ended: [] });

const SESSIONS = ['none', 'error', 'stop requested', 'requested', 'confirmed'];
/** As they are numbered in the memory. */
const CALLS = ['none', '', 'out requested', 'out confirmed', 'in requested', 'in replied', 'in confirmed', 'clear requested'];

class Model {
  private session = 'none';
  private call = 'none';
  private client = 0;
  private server = 0;
  private readonly state = none();

  see(message: Message, isTranslated: boolean): State {
    const { state } = this;
    state.told = [];
    state.ended = [];
    const { number, size } = KINDS[message.kind];
    if (Math.max(0, size + message.size) >= size) {
      const tellsNat = this.handle(message, isTranslated);
      if (tellsNat && isTranslated) state.told.push(`${message.isClients ? 'out' : 'in'} ${number}`);
    }
    state.memory = [SESSIONS.indexOf(this.session), CALLS.indexOf(this.call), this.client, this.server, 0];
    return state;
  }

  /** Whether the message names a call of the client's, in its turn. */
  private handle(message: Message, isTranslated: boolean): boolean {
    const { kind, id, peer, result } = message;
    const isSession = this.session === 'confirmed';
    switch (message.isClients ? `client: ${kind}` : `server: ${kind}`) {
      case 'client: startRequest':
        if (this.session === 'none') this.session = 'requested';
        return false;
      case 'server: startReply':
        if (this.session === 'requested' || isSession) this.session = result === 1 ? 'confirmed' : 'error';
        return false;
      case 'client: stopRequest':
        this.session = 'stop requested';
        return false;
      case 'server: stopReply':
        if (this.session !== 'requested' && !isSession) this.session = result === 1 ? 'none' : 'error';
        return false;
      case 'client: outCallRequest':
        if (isSession) [this.call, this.client] = ['out requested', id];
        return isSession;
      case 'server: outCallReply':
        if (!isSession || !this.call.startsWith('out ') || peer !== this.client) return false;
        this.call = result === 1 ? 'out confirmed' : 'none';
        if (result === 1) {
          this.server = id;
          this.open(message, isTranslated);
        }
        return true;
      case 'server: inCallRequest':
        if (isSession) [this.call, this.server] = ['in requested', id];
        return false;
      case 'client: inCallReply':
        // the kernel does not ask for a session here
        if ((this.call !== 'in requested' && this.call !== 'in replied') || peer !== this.server) return false;
        this.call = result === 1 ? 'in replied' : 'none';
        if (result === 1) this.client = id;
        return true;
      case 'server: inCallConnect':
        if (!isSession || (this.call !== 'in replied' && this.call !== 'in confirmed') || peer !== this.client) return false;
        this.call = 'in confirmed';
        this.open(message, isTranslated);
        return true;
      case 'client: clearRequest':
        if (isSession) this.call = 'clear requested';
        return isSession;
      case 'server: disconnect':
        this.call = 'none';
        this.state.keys = [];
        this.state.ended = this.flows;
        return true;
      default:
        return !message.isClients && (kind === 'wanError' || kind === 'setLinkInfo');
    }
  }

  private get flows(): string[] {
    const { client, server } = this;
    return [`${CLIENT}:${client} > ${SERVER}:${server} 47`, `${SERVER}:${server} > ${CLIENT}:${client} 47`];
  }

  /** Both directions, or none. */
  private open({ refuses }: Message, isTranslated: boolean): void {
    const { state, flows } = this;
    if (isTranslated) state.told.push(`expect ${flows[0]!}, ${flows[1]!}`);
    if (refuses === 4) {
      state.expected.push(...flows);
      state.keys.push(...flows);
    } else if (refuses === 3) state.keys = [];
  }
}

class Source {
  /** The flow there is in either direction: its node. */
  flow = -1;
  readonly killed: number[] = [];
  private readonly memory = new Int32Array(PPTP_WORDS);
  private readonly state = none();
  private isTranslated = false;
  private refuses = 4;
  private readonly core = {
    now: NOW,
    spare: new Tuple(),
    extra: () => ({ memory: this.memory }),
    kill: (entry: number) => this.killed.push(entry),
    lookup: (tuple: Tuple) => {
      this.state.ended.push(shown(tuple));
      return this.flow;
    },
    table: {
      zone: () => 0,
      status: () => (this.isTranslated ? Status.SrcNat : 0),
      readTuple: (entry: number, direction: number, into: Tuple) => {
        expect(entry).toBe(ENTRY);
        [into.src0, into.dst0] = direction === 0 ? [CLIENT, SERVER] : [SERVER, CLIENT];
        [into.family, into.protocol, into.srcL4, into.dstL4] = [4, 6, 1000, 1723];
        return into;
      },
    },
    expectations: {
      find: () => null,
      add: (expectation: Expectation, limit: number) => {
        expect([limit, expectation.deadline, expectation.mask.srcL4]).toEqual([2, NOW + 300 * HZ, 0xffff]);
        if (this.refuses-- === 0) return Expected.Busy;
        this.state.expected.push(shown(expectation.tuple));
        return Expected.Accepted;
      },
      remove: ({ tuple }: Expectation) => {
        this.state.expected.splice(this.state.expected.lastIndexOf(shown(tuple)), 1);
      },
    },
    greKeys: {
      add: (_: number, direction: number, tuple: Tuple) => {
        expect(tuple.src0).toBe(direction === 0 ? CLIENT : SERVER);
        if (this.refuses-- === 0) return false;
        this.state.keys.push(shown(tuple));
        return true;
      },
      removeOf: (entry: number) => {
        expect(entry).toBe(ENTRY);
        this.state.keys = [];
      },
    },
    natPptp: {
      outbound: (_: unknown, message: number) => this.tell(`out ${message}`),
      inbound: (_: unknown, message: number) => this.tell(`in ${message}`),
      expect: (original: Expectation, reply: Expectation) => this.tell(`expect ${shown(original.tuple)}, ${shown(reply.tuple)}`),
    },
  };

  see(message: Message, isTranslated: boolean): State {
    this.isTranslated = isTranslated;
    this.refuses = message.refuses;
    this.state.told = [];
    this.state.ended = [];
    const verdict = this.look(written(message), message.isClients ? CtInfo.Established : CtInfo.EstablishedReply);
    expect(verdict).toBe(this.state.told.some((told) => !told.startsWith('expect')) ? Verdict.Drop : Verdict.Accept);
    this.state.memory = Array.from(this.memory);
    return this.state;
  }

  look(octets: Uint8Array, ctinfo: number): Verdict {
    const packet = packetOf(ipv4('10.0.0.2', '10.1.0.2'), tcp(1000, 1723), payload(octets));
    packet.ctinfo = ctinfo as CtInfo;
    return pptp.look(this.core as unknown as Core, packet, ENTRY);
  }

  end(): State {
    this.state.ended = [];
    pptp.end?.(this.core as unknown as Core, ENTRY);
    return this.state;
  }

  private tell(what: string): Verdict {
    this.state.told.push(what);
    // as if NAT could not write it
    return Verdict.Drop;
  }
}

function shown({ src0, srcL4, dst0, dstL4, protocol }: Tuple): string {
  return `${src0}:${srcL4} > ${dst0}:${dstL4} ${protocol}`;
}

function written(message: Message): Uint8Array {
  const { number, size, fields } = KINDS[message.kind];
  const octets = new Uint8Array(Math.max(12, 12 + size + message.size));
  octets.set([octets.length >> 8, octets.length & 255, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, number]);
  for (const [i, field] of fields.entries()) {
    if (field !== '' && 12 + i < octets.length) octets[12 + i] = message[field] & 255;
    if (field !== '' && field !== 'result') octets[12 + i - 1] = message[field] >> 8;
  }
  return octets;
}

const id = fc.constantFrom(0, 1, 2, 0x100, 0xffff);
const CLIENTS: ReadonlySet<Kind> = new Set(['startRequest', 'stopRequest', 'echoRequest', 'outCallRequest', 'inCallReply', 'clearRequest']);
const likely: Kind[] = ['startRequest', 'startReply', 'outCallRequest', 'outCallReply', 'inCallRequest', 'inCallReply', 'inCallConnect'];
const message: fc.Arbitrary<Message> = fc
  .record({
    kind: fc.oneof(fc.constantFrom(...likely), fc.constantFrom(...(Object.keys(KINDS) as Kind[]))),
    isWrongSide: fc.constantFrom(false, false, false, false, false, false, false, false, false, true),
    id,
    peer: id,
    result: fc.constantFrom(1, 1, 1, 1, 1, 0, 2),
    size: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1),
    refuses: fc.constantFrom(4, 4, 4, 4, 4, 0, 1, 2, 3),
  })
  .map(({ isWrongSide, ...rest }) => ({ ...rest, isClients: isWrongSide !== CLIENTS.has(rest.kind) }));

describe('a PPTP control connection', () => {
  it('is what the model is, whatever is said', () => {
    // a session first, in most conversations: else hardly any call is in its turn
    const START = (['startRequest', 'startReply'] as const).map((kind, i) => ({
      kind,
      isClients: i === 0,
      id: 0,
      peer: 0,
      result: 1,
      size: 0,
      refuses: 4,
    }));
    const lead = fc.constantFrom(START, START, START, []);
    const check = fc.property(
      lead,
      fc.array(message, { maxLength: 24 }),
      fc.boolean(),
      fc.boolean(),
      (first, then, isTranslated, isSame) => {
        const [source, model] = [new Source(), new Model()];
        for (const said of [...first, ...then]) {
          // one call id for all, or several
          const one = isSame ? { ...said, id: 0x102, peer: 0x102 } : said;
          expect([one, source.see(one, isTranslated)]).toEqual([one, model.see(one, isTranslated)]);
        }
      },
    );
    fc.assert(check, { numRuns: 1500 });
  });

  const START_REQUEST: Message = { kind: 'startRequest', isClients: true, id: 0, peer: 0, result: 0, size: 0, refuses: 4 };

  it('is made of control messages with the cookie, of an established connection', () => {
    const octets = written(START_REQUEST);
    const session = (bytes: Uint8Array, ctinfo: number): number => {
      const source = new Source();
      source.look(bytes, ctinfo);
      return source.see({ ...START_REQUEST, kind: 'none' }, false).memory[0]!;
    };
    for (const ctinfo of Object.values(CtInfo)) expect(session(octets, ctinfo)).toBe(ctinfo === CtInfo.Established ? 3 : 0);
    const needed = Array.from(octets.keys()).filter((at) => session(octets.with(at, octets[at]! ^ 0x80), CtInfo.Established) === 0);
    expect(needed).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    for (let size = 0; size < octets.length; size++) expect(session(octets.slice(0, size), CtInfo.Established)).toBe(0);
  });

  it('ends with its tunnel', () => {
    const source = new Source();
    source.see(START_REQUEST, false);
    for (const one of [
      { ...START_REQUEST, kind: 'startReply', isClients: false, result: 1 },
      { ...START_REQUEST, kind: 'outCallRequest', id: 7 },
      { ...START_REQUEST, kind: 'outCallReply', isClients: false, id: 9, peer: 7, result: 1 },
    ] as const)
      source.see(one, false);
    const { keys, ended } = source.end();
    expect([keys, ended]).toEqual([[], [`${CLIENT}:7 > ${SERVER}:9 ${GRE}`, `${SERVER}:9 > ${CLIENT}:7 ${GRE}`]]);
    expect(source.killed).toEqual([]);
    for (const node of [0, 1, 2, 7]) {
      source.flow = node;
      source.end();
      expect(source.killed.splice(0)).toEqual([node >> 1, node >> 1]);
    }
  });
});
