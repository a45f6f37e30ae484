import { describe, expect, it } from 'vitest';
import { type EntryVisit, type Explanation, explanationText, isFlowOf, isOfFlow, parseFlow } from '../../../src/explain/index.ts';
import { icmp, ipv4, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { ExplainLab } from '../../support/explainer.ts';

const LAN = '10.0.0.2';
const FAR = '198.51.100.7';
const SYN = { flags: TcpFlag.Syn, seq: 1000 };

const MASQUERADE = '*nat\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n';
const DNAT = '*nat\n-A PREROUTING -i eth1 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80\nCOMMIT\n';

function entriesOf(told: Explanation, name: string): EntryVisit[] {
  return told.journeys.flatMap(({ hooks }) => hooks.flatMap(({ entries }) => entries.filter((entry) => entry.name === name)));
}

const text = (told: Explanation): string => explanationText(told).join('\n');
const squeezed = (told: Explanation): string[] => explanationText(told).map((line) => line.trim().replaceAll(/ {2,}/g, ' '));

describe('the way through tables', () => {
  const RULES =
    ':FORWARD DROP [0:0]\n:WEB - [0:0]\n-A FORWARD -i eth1 -j ACCEPT\n-A FORWARD -p udp -j ACCEPT\n-A FORWARD -p tcp -j WEB\n-A WEB -p tcp --dport 80 -j ACCEPT';

  it('names the policy that dropped, and every step to it', () => {
    const told = new ExplainLab(RULES).arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 22, SYN));
    expect(told.verdict).toBe('dropped');
    expect(told.drop).toMatchObject({ at: 'FORWARD', code: 'NETFILTER_DROP', rule: { name: 'filter:FORWARD:policy', line: 2 } });
    expect(squeezed(told).filter((line) => line.startsWith('filter'))).toEqual([
      'filter FORWARD:1-2 no match',
      'filter FORWARD:3 line 6 jump -A FORWARD -p tcp -j WEB',
      'filter WEB:1 no match',
      'filter WEB:return back',
      'filter FORWARD:policy line 2 DROP',
    ]);
  });

  it('tells what failed in every rule, when asked', () => {
    const told = new ExplainLab(RULES, { all: true }).arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 22, SYN));
    const failed = entriesOf(told, 'filter').flatMap(({ walk }) =>
      walk.flatMap((step) => (step.kind === 'failed' ? [[step.part, step.has]] : [])),
    );
    expect(failed).toEqual([
      ['-i eth1', 'came in by eth0'],
      ['-p udp', 'is tcp'],
      ['-m tcp --dport 80', 'port 40000 > 22, flags S'],
    ]);
  });

  it.each([
    ['-s 10.0.1.0/24', 'from 10.0.0.2'],
    ['! -d 198.51.100.0/24', 'to 198.51.100.7'],
    ['-o eth0', 'leaves by eth1'],
    ['-f', 'no later fragment'],
    ['-m mark --mark 0x1', 'mark 0x0'],
    ['-m conntrack --ctstate ESTABLISHED', 'NEW'],
    ['-m ttl --ttl-eq 64', 'ttl 63'],
  ])('%s: %s', (part, has) => {
    const told = new ExplainLab(`-A FORWARD ${part} -j DROP`, { all: true }).arrive('eth0', ipv4(LAN, FAR), udp(1, 2));
    expect(entriesOf(told, 'filter')[0]!.walk[0]).toMatchObject({ kind: 'failed', part: part.replace(/(\/24|eth0|-f)$/, '$1'), has });
  });

  it('says which match could not look', () => {
    const told = new ExplainLab('-A FORWARD -p tcp --dport 80 -j ACCEPT').arrive(
      'eth0',
      ipv4(LAN, FAR, { protocol: 6 }),
      payload('hex:0001'),
    );
    expect(told.drop).toMatchObject({ code: 'NETFILTER_HOTDROP', rule: { name: 'filter:FORWARD:1' } });
    expect(text(told)).toContain('-m tcp --dport 80 cannot look at what it needs');
  });

  it('keeps nothing of packets that nobody asked for', () => {
    const lab = new ExplainLab(RULES);
    lab.machine.watching = false;
    lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, SYN));
    expect(lab.machine.told).toBeNull();
  });

  it('shows what a LOG rule writes', () => {
    const told = new ExplainLab('-A FORWARD -j LOG --log-prefix "seen "').arrive('eth0', ipv4(LAN, FAR), udp(1, 2));
    expect(text(told)).toMatch(/logs <\d>seen IN=eth0 OUT=eth1 /);
  });

  it('writes lines as TRACE does', () => {
    const told = new ExplainLab(RULES, { trace: true }).arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 22, SYN));
    expect(told.trace.map((line) => line.replace(/ IN=.*/, ''))).toEqual([
      'TRACE: filter:FORWARD:rule:3',
      'TRACE: filter:WEB:return:2',
      'TRACE: filter:FORWARD:policy:4',
    ]);
  });

  it('follows the answer of a REJECT rule', () => {
    const told = new ExplainLab('-A FORWARD -p tcp -j REJECT --reject-with tcp-reset').arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 22, SYN));
    expect(told.journeys.map(({ kind, hooks }) => [kind, hooks.map(({ hook }) => hook).join(' ')])).toEqual([
      ['received', 'PREROUTING FORWARD'],
      ['answer of a REJECT rule', 'OUTPUT POSTROUTING'],
    ]);
    expect(told.journeys[1]!.departures[0]!.packet).toContain('Flags [R.]');
  });
});

describe('connections', () => {
  const STATEFUL = '-A FORWARD -m conntrack --ctstate INVALID -j DROP';

  it('tells the state before and after', () => {
    const lab = new ExplainLab(STATEFUL);
    const first = lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, SYN));
    expect([first.before, first.after?.state, first.after?.flags]).toEqual([null, 'SYN_SENT', ['UNREPLIED']]);
    const answer = lab.arrive('eth1', ipv4(FAR, LAN), tcp(80, 40_000, { flags: TcpFlag.Syn | TcpFlag.Ack, seq: 7, ack: 1001 }));
    expect([answer.before?.state, answer.after?.state]).toEqual(['SYN_SENT', 'SYN_RECV']);
    expect(squeezed(answer)).toContain('conntrack ESTABLISHED (reply direction): SYN_SENT -> SYN_RECV');
  });

  it('tells why a packet is INVALID, and by how much', () => {
    const lab = new ExplainLab(STATEFUL);
    lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, SYN));
    lab.arrive('eth1', ipv4(FAR, LAN), tcp(80, 40_000, { flags: TcpFlag.Syn | TcpFlag.Ack, seq: 7, ack: 1001 }));
    lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, { flags: TcpFlag.Ack, seq: 1001, ack: 8 }));
    const unseen = lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, { flags: TcpFlag.Ack, seq: 1001, ack: 100_008 }));
    expect(unseen.drop?.rule?.name).toBe('filter:FORWARD:1');
    expect(squeezed(unseen).find((line) => line.startsWith('conntrack'))).toMatch(
      /^conntrack INVALID: acknowledges 100000 octets that were never seen; tcp 10\.0\.0\.2:40000 > 198\.51\.100\.7:80 is ESTABLISHED, /,
    );
  });

  it.each([
    ['no connection is known and SYN\\|ACK cannot begin one', tcp(1, 2, { flags: TcpFlag.Syn | TcpFlag.Ack })],
    ['an impossible combination of TCP flags \\(0x03\\)', tcp(1, 2, { flags: TcpFlag.Syn | TcpFlag.Fin })],
    ['wrong transport checksum: 0x0001, 0x[0-9a-f]{4} would be right', tcp(1, 2, { ...SYN, checksum: 1 })],
    ['ICMP type 0 belongs to no connection and cannot begin one', icmp(0)],
  ])('%s', (why, layer) => {
    const told = new ExplainLab(STATEFUL).arrive('eth0', ipv4(LAN, FAR), layer);
    expect(squeezed(told)).toContainEqual(expect.stringMatching(new RegExp(`^conntrack INVALID: ${why}$`)));
  });
});

describe('translations', () => {
  it('tells why an address and port were chosen, and that answers undo it', () => {
    const lab = new ExplainLab(MASQUERADE);
    const first = lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, SYN));
    expect(squeezed(first)).toContain('source chosen: the address is the only one offered, the port is kept');
    expect(squeezed(first)).toContain('destination stays as it is: no rule');
    expect(first.journeys[0]!.changes.map(({ field, before, after }) => `${field} ${before} ${after}`)).toEqual(
      expect.arrayContaining(['ttl 64 63', 'src 10.0.0.2 192.0.2.1']),
    );
    const clash = lab.arrive('eth0', ipv4('10.0.0.3', FAR), tcp(40_000, 80, SYN));
    expect(squeezed(clash)).toContain('source chosen: the address is the only one offered, the port is picked at random');
    const answer = lab.arrive('eth1', ipv4(FAR, '192.0.2.1'), tcp(80, 40_000, { flags: TcpFlag.Syn | TcpFlag.Ack, seq: 7, ack: 1001 }));
    expect(entriesOf(answer, 'nat')[0]).toMatchObject({ translation: { side: 'source', deed: 'undone', byRule: true } });
    expect(answer.journeys[0]!.departures[0]).toMatchObject({ out: 'eth0', nextHop: '10.0.0.2' });
  });

  it('tells the route that a new destination leads to', () => {
    const told = new ExplainLab(DNAT).arrive('eth1', ipv4(FAR, '192.0.2.1'), tcp(40_000, 8080, SYN));
    expect(squeezed(told)).toContain('dst 192.0.2.1 -> 10.0.0.5, dport 8080 -> 80');
    expect(squeezed(told)).toContain('route forward by eth0 (on the link), mtu 1500');
    expect(entriesOf(told, 'nat')[0]!.translation).toMatchObject({ side: 'destination', deed: 'chosen', byRule: true });
  });

  it('names no rule where NAT itself drops', () => {
    const lab = new ExplainLab(MASQUERADE);
    lab.arrive('eth0', ipv4(LAN, FAR), udp(1000, 53));
    const redirect = lab.arrive('eth1', ipv4(FAR, '192.0.2.1'), icmp(5, 1), ipv4('192.0.2.1', FAR), udp(1000, 53));
    expect(redirect.drop).toMatchObject({ at: 'PREROUTING', rule: null, text: 'it could not be translated' });
  });
});

describe('ends without a rule', () => {
  it.each([
    ['TTL or hop limit exceeded (IP_INHDR)', ipv4(LAN, FAR, { ttl: 1 })],
    ['a loopback address on a real interface (martian) (IP_LOCALNET)', ipv4(LAN, '127.0.0.1')],
  ])('%s', (why, layer) => {
    const told = new ExplainLab('-A FORWARD -j ACCEPT').arrive('eth0', layer, udp(1, 2));
    expect(told.drop?.rule).toBeNull();
    expect(text(told)).toContain(why);
  });

  it('follows what comes back over lo', () => {
    const told = new ExplainLab('-A INPUT -i lo -j DROP').send(ipv4('10.0.0.1', '10.0.0.1'), udp(1, 2));
    expect(told.journeys.map(({ kind }) => kind)).toEqual(['sent by a process', 'back over lo']);
    expect(told.drop).toMatchObject({ at: 'INPUT', rule: { name: 'filter:INPUT:1' } });
  });
});

describe('flows', () => {
  it.each([
    ['tcp 10.0.0.2:40000 198.51.100.7:80', 6, '10.0.0.2', 40_000, '198.51.100.7', 80],
    ['udp,10.0.0.2:53,198.51.100.7', 17, '10.0.0.2', 53, '198.51.100.7', -1],
    ['10.0.0.2 > 198.51.100.7', null, '10.0.0.2', -1, '198.51.100.7', -1],
    ['58 [fe80::1] fe80:0::2', 58, 'fe80::1', -1, 'fe80::2', -1],
    ['tcp [2001:DB8::1]:22 2001:db8::2', 6, '2001:db8::1', 22, '2001:db8::2', -1],
  ])('%s', (written, protocol, from, fromPort, to, toPort) => {
    expect(parseFlow(written)).toEqual({ protocol, from: { address: from, port: fromPort }, to: { address: to, port: toPort } });
  });

  it.each([
    '',
    'tcp',
    'tcp 10.0.0.2',
    'nope 1.2.3.4 1.2.3.5',
    '1.2.3.4:99999 1.2.3.5',
    'a b',
    '300 1.2.3.4 1.2.3.5',
    'tcp 1.2.3.4 1.2.3.5 1.2.3.6',
  ])('refuses %j', (written) => {
    expect(parseFlow(written)).toBeNull();
  });

  it('hold the packets of a translated connection on both sides', () => {
    const lab = new ExplainLab(MASQUERADE);
    const first = lab.arrive('eth0', ipv4(LAN, FAR), tcp(40_000, 80, SYN));
    const answer = lab.arrive('eth1', ipv4(FAR, '192.0.2.1'), tcp(80, 40_000, { flags: TcpFlag.Syn | TcpFlag.Ack, seq: 7, ack: 1001 }));
    const inside = parseFlow('tcp 10.0.0.2:40000 198.51.100.7:80')!;
    const other = parseFlow('tcp 10.0.0.2:40001 198.51.100.7:80')!;
    expect([isOfFlow(inside, first.flow), isOfFlow(inside, answer.flow), isFlowOf(inside, answer.after)]).toEqual([true, false, true]);
    expect([isOfFlow(other, first.flow), isFlowOf(other, answer.after)]).toEqual([false, false]);
  });
});

describe('a fragment', () => {
  const [NOT_ECT, ECT] = [0, 2];
  const notes = (...codepoints: readonly number[]): [string, string][] => {
    const lab = new ExplainLab(MASQUERADE);
    return codepoints.map((ecn, i) => {
      const more = i < codepoints.length - 1 ? 1 : 0;
      const fields = { protocol: 17, identification: 7, fragmentOffset: i * 2, moreFragments: more, tos: ecn };
      const told = lab.arrive(
        'eth0',
        ipv4(LAN, FAR, fields),
        payload(Uint8Array.of(0x13, 0x88, 0, 53, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
      );
      return [told.verdict, entriesOf(told, 'defrag')[0]!.note];
    });
  };

  it('is kept, and the last one makes the datagram', () => {
    expect(notes(NOT_ECT, NOT_ECT)).toEqual([
      ['consumed', 'a fragment: kept until the others are there'],
      ['forwarded', 'put together from 2 fragments: 52 octets'],
    ]);
  });

  it('is lost with the others when their ECN codepoints do not go together', () => {
    expect(notes(ECT, NOT_ECT)).toEqual([
      ['consumed', 'a fragment: kept until the others are there'],
      ['consumed', 'a fragment: the last of a datagram that cannot be put together'],
    ]);
  });
});
