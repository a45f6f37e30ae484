/** FTP's control connection, read as the kernel reads it (more of it in recorded.test.ts). */
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { formatIpv4 } from '../../../../src/inet/ipv4.ts';
import { ConntrackMachine } from '../../../support/conntrack-machine.ts';
import { A, P, S, TcpTalk } from '../tcp-talk.ts';

class Control extends TcpTalk {
  private next: [number, number] = [101, 501];

  constructor() {
    super(new ConntrackMachine());
    this.serverPort = 21;
    const template = this.machine.conntrack.template({ helper: 'ftp' });
    this.c(S, 100, {}, { template });
    this.s(S | A, 500, { ack: 101 });
    this.c(A, 101, { ack: 501 });
    // the first line of each side is never read: nothing is known in front of it
    this.client1('USER x\r\n');
    this.server1('331 ok\r\n');
  }

  client1(data: string): Verdict {
    return this.say(0, data);
  }

  server1(data: string): Verdict {
    return this.say(1, data);
  }

  /** Send without counting it as arrived. */
  again(from: 0 | 1, seq: number, data: string): Verdict {
    const fields = { ack: this.next[1 - from]!, data };
    return (from === 0 ? this.c(A | P, seq, fields) : this.s(A | P, seq, fields)).verdict;
  }

  get position(): readonly [number, number] {
    return this.next;
  }

  private say(from: 0 | 1, data: string): Verdict {
    const verdict = this.again(from, this.next[from]!, data);
    if (verdict === Verdict.Accept) this.next[from]! += data.length;
    return verdict;
  }

  /** Expected: `source -> destination:port`. */
  expected(): string[] {
    return this.machine.conntrack
      .expectations()
      .map(({ tuple }) => `${formatIpv4(tuple.src0)} -> ${formatIpv4(tuple.dst0)}:${tuple.dstL4}`);
  }
}

const SERVER_TO_CLIENT = '10.1.0.2 -> 10.0.0.2';
const CLIENT_TO_SERVER = '10.0.0.2 -> 10.1.0.2';

describe('the FTP helper', () => {
  it.each([
    ['PORT 10,0,0,2,7,208\r\n', `${SERVER_TO_CLIENT}:2000`],
    ['port   10,0,0,2,7,208\r\n', ''],
    ['EPRT |1|10.0.0.2|2000|\r\n', `${SERVER_TO_CLIENT}:2000`],
    ['EPRT !1!10.0.0.2!2000!\r\n', `${SERVER_TO_CLIENT}:2000`],
    ['PORT 1,2,3,4,7,208\r\n', ''],
    ['xPORT 10,0,0,2,7,208\r\n', ''],
  ])('client: %j expects %j', (line, expected) => {
    const control = new Control();
    control.client1(line);
    expect(control.expected().join()).toBe(expected);
  });

  it.each([
    ['227 Entering Passive Mode (10,1,0,2,7,208).\r\n', `${CLIENT_TO_SERVER}:2000`],
    ['227 =10,1,0,2,7,208\r\n', `${CLIENT_TO_SERVER}:2000`],
    ['229 Entering Extended Passive Mode (|||2000|)\r\n', `${CLIENT_TO_SERVER}:2000`],
    ['200 PORT ok\r\n', ''],
  ])('server: %j expects %j', (line, expected) => {
    const control = new Control();
    control.server1(line);
    expect(control.expected().join()).toBe(expected);
  });

  it.each(['PO', 'PORT ', 'PORT 10,0,0,2,7,208', 'EPRT |1|10.0.0.2|2000'])('drops what is cut off: %j', (line) => {
    const control = new Control();
    expect(control.client1(line)).toBe(Verdict.Drop);
    expect(control.expected()).toEqual([]);
  });

  it('makes the data connection RELATED, then ESTABLISHED, with the control connection as master', () => {
    const control = new Control();
    control.client1('PORT 10,0,0,2,7,208\r\n');
    const data = new TcpTalk(control.machine);
    Object.assign(data, { client: '10.1.0.2', server: '10.0.0.2', clientPort: 20, serverPort: 2000 });
    const first = data.c(S, 1);
    expect(first.state).toBe('RELATED');
    expect(control.machine.conntrack.helperName(control.machine.conntrack.master(first.entry))).toBe('ftp');
    expect(data.s(S | A, 9, { ack: 2 }).state).toBe('ESTABLISHED');
    expect(control.expected()).toEqual([]);
  });

  it('replaces what it expects', () => {
    const control = new Control();
    control.client1('PORT 10,0,0,2,7,208\r\n');
    control.client1('PORT 10,0,0,2,7,209\r\n');
    expect(control.expected()).toEqual([`${SERVER_TO_CLIENT}:2001`]);
  });

  it('remembers two line ends a direction, and never an older one in place of a younger', () => {
    const control = new Control();
    const [first] = control.position;
    control.client1('AAAA\r\n');
    control.client1('BBBB\r\n');
    // a retransmission that ends elsewhere, below both places that are known
    control.again(0, first, 'A\r\n');
    expect(control.again(0, first + 3, 'PO')).toBe(Verdict.Accept);
    expect(control.again(0, first + 12, 'PO')).toBe(Verdict.Drop);
  });
});
