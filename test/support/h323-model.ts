/**
 * A model of what the helpers of H.323 do with a message (process_ras, process_q931, process_h245 of nf_conntrack_h323_main.c), over what
 * the model of packed encoding keeps of it: a list of the things asked for, in words.
 */
import { HZ } from '../../src/conntrack/options.ts';
import type { Kept } from './per-model.ts';

/** Addresses are their octets, joined. */
export interface Circumstances {
  readonly family: 4 | 6;
  /** Source and destination of the message's own direction, and of the opposite one, with the source's port. */
  readonly here: Way;
  readonly there: Way;
  readonly isReply: boolean;
  /** NAT has a say in the connection. */
  readonly isTranslated: boolean;
  readonly isExpected: boolean;
  /** Which of the things asked for is refused, from 0 up. */
  readonly refused: number;
  readonly memory: readonly number[];
}
export interface Way {
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
}

type Node = Kept | undefined;

const chosen = (value: Node, name: string): Node => (value?.choice === name ? value.parts[name] : undefined);
const listed = (value: Node): Kept[] => (value === undefined ? [] : [value]);

export class H323Model {
  readonly said: string[] = [];
  readonly memory: number[];
  private readonly is: Circumstances;
  private readonly octets: Uint8Array;
  private readonly base: number;
  private readonly helper: string;
  private left: number;
  private address = '';
  private port = 0;
  private place = 0;

  /** Places count from the octet `base` of the message. */
  constructor(is: Circumstances, octets: Uint8Array, base: number, helper: string) {
    this.is = is;
    this.octets = octets;
    this.base = base;
    this.helper = helper;
    this.left = is.refused;
    this.memory = [...is.memory];
  }

  /** Whether the packet may pass. */
  ras(message: Kept): boolean {
    const { here, there, isReply } = this.is;
    const content = message.parts[message.choice];
    const part = (name: string): Node => content?.parts[name];
    const list = (name: string): Kept[] => part(name)?.items ?? [];
    const way = isReply ? 1 : 0;
    switch (content === undefined ? '' : message.choice) {
      case 'gatekeeperRequest':
        return this.many('ras', listed(part('rasAddress')));
      case 'locationRequest':
        return this.many('ras', listed(part('replyAddress')));
      case 'infoRequestResponse':
        return this.many('ras', listed(part('rasAddress'))) && this.many('signal', list('callSignalAddress'));
      case 'gatekeeperConfirm':
        if (!this.read(part('rasAddress')) || (this.address === here.src && this.port === here.srcPort)) return true;
        return this.is.isExpected || this.expect(17, this.port, this.address, 'RAS');
      case 'registrationRequest': {
        const calls = list('callSignalAddress');
        const index = calls.findIndex((call) => this.read(call) && this.address === here.src && this.port !== 0);
        if (index >= 0) {
          const { port } = this;
          if (this.nat) {
            if (!this.ask(`calls ${index} of ${this.places(calls)}, ${this.expectation(6, port, there.dst, 'Q.931', true)}`)) return false;
          } else if (!this.expect(6, port, there.dst, 'Q.931', true)) return false;
          else this.memory[way] = port;
        }
        if (!this.many('ras', list('rasAddress'))) return false;
        this.memory[2] = part('timeToLive') === undefined ? 300 : part('timeToLive')!.at | 0;
        return true;
      }
      case 'registrationConfirm':
        if (!this.many('signal', list('callSignalAddress'))) return false;
        if (part('timeToLive') !== undefined) this.memory[2] = part('timeToLive')!.at | 0;
        if (this.memory[2] !== 0) this.said.push(`refresh ${Math.imul(this.memory[2]!, HZ)}`);
        return true;
      case 'unregistrationRequest':
        if (!this.many('signal', list('callSignalAddress'))) return false;
        this.said.push('forget all', `refresh ${30 * HZ}`);
        this.memory[0] = this.memory[1] = 0;
        return true;
      case 'admissionRequest':
        if (!this.nat) return true;
        if (this.read(part('destCallSignalAddress')) && this.address === here.src && this.port === this.memory[way])
          return this.write(there.dst, this.memory[1 - way]!);
        return !this.read(part('srcCallSignalAddress')) || this.address !== here.src || this.write(there.dst, this.port);
      case 'admissionConfirm': {
        const callee = part('destCallSignalAddress');
        if (!this.read(callee)) return true;
        if (this.address === here.dst) return this.many('signal', listed(callee));
        return this.expect(6, this.port, this.address, 'Q.931', true);
      }
      case 'locationConfirm':
        return !this.read(part('callSignalAddress')) || this.expect(6, this.port, this.address, 'Q.931', true);
      default:
        return true;
    }
  }

  signalling(information: Kept): boolean {
    const pdu = information.parts['h323-uu-pdu'];
    const body = pdu?.parts['h323-message-body'];
    const content = body?.parts[body.choice];
    if (content !== undefined && !this.body(body!.choice, content)) return false;
    return (pdu?.parts['h245Control']?.items ?? []).every((control) => this.control(control));
  }

  private body(name: string, { parts }: Kept): boolean {
    const { here, there } = this.is;
    if (name === 'facility' && parts['reason']?.choice === 'callForwarded') {
      if (!this.read(parts['alternativeAddress']) || this.port === 0) return true;
      // the caller's own network has it shorter
      if (this.address === there.src) return true;
      return this.hiddenOr('forwarded', this.expectation(6, this.port, this.address, 'Q.931'));
    }
    if (this.read(parts['h245Address']) && this.address === here.src && this.port !== 0) {
      if (!this.hiddenOr('control', this.expectation(6, this.port, there.dst, 'H.245'))) return false;
    }
    if (name === 'setup' && this.nat) {
      const ends = [
        ['destCallSignalAddress', there.src, there.srcPort],
        ['sourceCallSignalAddress', there.dst, there.dstPort],
      ] as const;
      for (const [end, address, port] of ends)
        if (this.read(parts[end]) && this.address !== address && !this.write(address, port)) return false;
    }
    return (parts['fastStart']?.items ?? []).every((channel) => this.channel(channel));
  }

  control(control: Kept): boolean {
    const channel = chosen(chosen(control, 'request'), 'openLogicalChannel');
    if (channel !== undefined) return this.channel(channel);
    const ack = chosen(chosen(control, 'response'), 'openLogicalChannelAck');
    if (ack === undefined) return true;
    const reverse = ack.parts['reverseLogicalChannelParameters']?.parts['multiplexParameters'];
    const forward = ack.parts['forwardMultiplexAckParameters'];
    return (
      this.media(chosen(reverse, 'h2250LogicalChannelParameters')) &&
      this.media(chosen(forward, 'h2250LogicalChannelAckParameters')) &&
      this.data(ack.parts['separateStack'])
    );
  }

  private channel({ parts }: Kept): boolean {
    const forward = parts['forwardLogicalChannelParameters'];
    for (const one of [forward, parts['reverseLogicalChannelParameters']])
      if (!this.media(chosen(one?.parts['multiplexParameters'], 'h2250LogicalChannelParameters'))) return false;
    const application = chosen(forward?.parts['dataType'], 'data')?.parts['application'];
    return chosen(application, 't120')?.choice !== 'separateLANStack' || this.data(parts['separateStack']);
  }

  private media(channel: Node): boolean {
    return ['mediaChannel', 'mediaControlChannel'].every((name) => {
      if (!this.readMedia(channel?.parts[name])) return true;
      const even = this.port - (this.port % 2);
      const [rtp, rtcp] = [even, even + 1].map((port) => this.expectation(17, port, this.is.there.dst, ''));
      if (this.nat && this.isHidden) return this.ask(`media ${rtp!}, ${rtcp!}`);
      if (!this.add(rtp!)) return false;
      if (this.add(rtcp!)) return true;
      this.said.push(`remove ${rtp!}`);
      return false;
    });
  }

  private data(stack: Node): boolean {
    if (!this.readMedia(chosen(stack?.parts['networkAddress'], 'localAreaAddress'))) return true;
    return this.hiddenOr('data', this.expectation(6, this.port, this.is.there.dst, '', true));
  }

  private get nat(): boolean {
    return this.is.isTranslated && this.is.family === 4;
  }

  private get isHidden(): boolean {
    return this.is.here.src !== this.is.there.dst;
  }

  /** A transport address of H.225.0 of the connection's family. */
  private read(value: Node): boolean {
    return this.take(chosen(value, this.is.family === 4 ? 'ipAddress' : 'ip6Address')?.parts['ip']);
  }

  /** One of H.245, if it is the sender's and has a port. */
  private readMedia(value: Node): boolean {
    const name = this.is.family === 4 ? 'iPAddress' : 'iP6Address';
    const ip = chosen(chosen(value, 'unicastAddress'), name)?.parts['network'];
    return this.take(ip) && this.address === this.is.here.src && this.port !== 0;
  }

  private take(ip: Node): boolean {
    if (ip === undefined) return false;
    const at = this.base + ip.at;
    const behind = at + (this.is.family === 4 ? 4 : 16);
    this.address = this.octets.slice(at, behind).join('.');
    this.port = 256 * this.octets[behind]! + this.octets[behind + 1]!;
    this.place = at;
    return true;
  }

  private expectation(protocol: number, port: number, to: string, helper: string, permanent = false): string {
    return `${this.is.there.src} > ${to}:${port} ${protocol} ${helper}${permanent ? ' permanent' : ''}`;
  }

  private expect(protocol: number, port: number, to: string, helper: string, permanent = false): boolean {
    return this.add(this.expectation(protocol, port, to, helper, permanent));
  }

  private add(expectation: string): boolean {
    this.said.push(`add ${expectation} by ${this.helper}`);
    return this.passes();
  }

  private hiddenOr(name: string, expectation: string): boolean {
    return this.nat && this.isHidden ? this.ask(`${name} ${expectation}`) : this.add(expectation);
  }

  private write(address: string, port: number): boolean {
    return this.ask(`write ${address}:${port}`);
  }

  /** A list of addresses that NAT may find one to translate in. */
  private many(name: 'ras' | 'signal', addresses: readonly Kept[]): boolean {
    if (!this.nat) return true;
    this.said.push(`${name} ${this.places(addresses)}`);
    return this.passes();
  }

  private places(addresses: readonly Kept[]): string {
    return addresses.map((one) => chosen(one, 'ipAddress')?.parts['ip']?.at ?? 'none').join(',');
  }

  /** NAT is told the address last read too. */
  private ask(what: string): boolean {
    this.said.push(`${what} at ${this.place} ${this.address}:${this.port}`);
    return this.passes();
  }

  private passes(): boolean {
    return this.left-- !== 0;
  }
}
