/** Timeouts: the kernel's own (recorded/timeouts.json), those a host sets, those a policy sets, and what does not fit a jiffy counter. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HZ, JIFFY_US, TcpTimeout, Timeouts } from '../../../src/conntrack/options.ts';

const { timeouts: KERNEL } = JSON.parse(readFileSync(new URL('recorded/timeouts.json', import.meta.url), 'utf8')) as {
  timeouts: Readonly<Record<string, number>>;
};
/** Names by state number, as /proc/sys has them behind `tcp_timeout_` and `sctp_timeout_`; '' where there is none. */
const TCP = ['', 'syn_sent', 'syn_recv', 'established', 'fin_wait', 'close_wait', 'last_ack', 'time_wait', 'close', ''];
const TCP_ROW = [...TCP, 'max_retrans', 'unacknowledged'];
const SCTP_ROW = [
  '',
  'closed',
  'cookie_wait',
  'cookie_echoed',
  'established',
  'shutdown_sent',
  'shutdown_recd',
  'shutdown_ack_sent',
  'heartbeat_sent',
];
const SINGLE = {
  udp: 'udp_timeout',
  udpStream: 'udp_timeout_stream',
  icmp: 'icmp_timeout',
  icmpv6: 'icmpv6_timeout',
  gre: 'gre_timeout',
  greStream: 'gre_timeout_stream',
  generic: 'generic_timeout',
} as const;
const SYN_SENT2 = 9;
const asIs = (_name: string, byDefault: number): number => byDefault;

/** Every timeout that has a sysctl, in jiffies, by its name. */
function named(timeouts: Timeouts): Record<string, number> {
  type Row = readonly [name: string, sysctl: string, jiffies: number];
  const rows = [
    ...TCP_ROW.map((name, i): Row => [name, `tcp_timeout_${name}`, timeouts.tcp[i]!]),
    ...SCTP_ROW.map((name, i): Row => [name, `sctp_timeout_${name}`, timeouts.sctp[i]!]),
    ...Object.entries(SINGLE).map(([field, name]): Row => [name, name, timeouts[field as keyof typeof SINGLE]]),
  ];
  return Object.fromEntries(rows.filter(([name]) => name !== '').map(([, name, value]) => [name, value]));
}

const jiffies = (table: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(table).map(([name, seconds]) => [name, seconds * HZ]));

describe('timeouts', () => {
  const { frag6_timeout: _, ...kernel } = KERNEL;

  it('are the kernel’s, in jiffies', () => {
    const timeouts = new Timeouts(asIs);
    expect(HZ * JIFFY_US).toBe(1_000_000);
    expect(named(timeouts)).toEqual(jiffies(kernel));
    expect([timeouts.tcp.length, timeouts.sctp.length]).toEqual([TCP_ROW.length, SCTP_ROW.length]);
    // no state, no timeout; SYN_SENT2 and UDP-Lite have no sysctl, and are as their neighbours
    expect([timeouts.tcp[0], timeouts.sctp[0]]).toEqual([0, 0]);
    expect(timeouts.tcp[SYN_SENT2]).toBe(kernel['tcp_timeout_syn_sent']! * HZ);
    expect([timeouts.udplite, timeouts.udpliteStream]).toEqual([timeouts.udp, timeouts.udpStream]);
    expect([timeouts.tcp[TcpTimeout.Retrans], timeouts.tcp[TcpTimeout.Unacknowledged]]).toEqual([300 * HZ, 300 * HZ]);
  });

  it('are the host’s where it sets them, each by its own name', () => {
    const names = Object.keys(kernel);
    const timeouts = new Timeouts((name) => 1000 + names.indexOf(name));
    expect(named(timeouts)).toEqual(jiffies(Object.fromEntries(names.map((name, i) => [name, 1000 + i]))));
    expect(timeouts.tcp[SYN_SENT2]).toBe(kernel['tcp_timeout_syn_sent']! * HZ);
    expect([timeouts.tcp[0], timeouts.sctp[0]]).toEqual([0, 0]);
    expect([timeouts.udplite, timeouts.udpliteStream]).toEqual([kernel['udp_timeout']! * HZ, kernel['udp_timeout_stream']! * HZ]);
  });

  it('are a policy’s before those', () => {
    const names = [...Object.keys(kernel), 'tcp_timeout_syn_sent2', 'udplite_timeout', 'udplite_timeout_stream'];
    const timeouts = new Timeouts(() => 1, new Map(names.map((name, i) => [name, 50 + i])));
    const at = (name: string): number => (50 + names.indexOf(name)) * HZ;
    expect(named(timeouts)).toEqual(Object.fromEntries(Object.keys(kernel).map((name) => [name, at(name)])));
    expect(timeouts.tcp[SYN_SENT2]).toBe(at('tcp_timeout_syn_sent2'));
    expect([timeouts.udplite, timeouts.udpliteStream]).toEqual([at('udplite_timeout'), at('udplite_timeout_stream')]);
  });

  it.each([
    [0, 0],
    [1.9, HZ],
    [8_589_934, 8_589_934 * HZ],
    [8_589_935, 0x7fffffff],
    [-1, 0x7fffffff],
    [1e12, 0x7fffffff],
  ])('of %d seconds are %d jiffies', (seconds, expected) => {
    expect(new Timeouts(() => seconds).generic).toBe(expected);
  });
});
