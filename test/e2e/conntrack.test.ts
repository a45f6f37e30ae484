/**
 * `hookline conntrack` and `hookline nat` on the demo. The lines of events are checked against the kernel's in
 * test/conformance/conntrack-events.test.ts, their shape against what conntrack 1.4.7 printed on a live machine.
 */
import { describe, expect, it } from 'vitest';
import { hookline } from '../support/cli.ts';

const DEMO =
  'virbr0=fixtures/demo/lan.pcap eth0=fixtures/demo/wan.pcap --local fixtures/demo/local.pcap -r fixtures/demo/rules.v4 --host fixtures/demo/host.json';

function run(words: string): string[] {
  const { code, out } = hookline(words.split(' '));
  expect(code).toBe(0);
  return out.trimEnd().split('\n');
}

describe('hookline conntrack', () => {
  it('lists the table as of a packet, and as of a time', () => {
    const byNumber = run(`conntrack ${DEMO} --at 12`);
    expect(byNumber.map((line) => line.slice(0, 11))).toEqual(['tcp      6 ', 'udp      17']);
    expect(byNumber[0]).toContain(' 300 ESTABLISHED ');
    // one microsecond of the table's life later nothing has changed; at the end another connection is there
    expect(run(`conntrack ${DEMO} --at 2009-10-05T06:06:11.8`).length).toBe(2);
    expect(run(`conntrack ${DEMO} -C`)).toEqual(['4']);
    expect(run(`conntrack ${DEMO} -C --at +100`)).toEqual(['2']);
  });

  it('has the styles of conntrack(8)', () => {
    expect(run(`conntrack ${DEMO} -o extended -p udp -s 192.168.122.4`)).toEqual([
      expect.stringMatching(/^ipv4 {5}2 udp {6}17 5 src=192\.168\.122\.4 dst=192\.168\.122\.1 .* mark=0 use=1$/),
    ]);
    expect(run(`conntrack ${DEMO} -S`)).toEqual([
      expect.stringMatching(/^cpu=0 {3}\tfound=\d+ invalid=0 insert=0 insert_failed=0 drop=0 /),
    ]);
    expect(JSON.parse(run(`conntrack ${DEMO} -n --json`)[0]!)).toMatchObject({ protocol: 6, status: ['SEEN_REPLY', 'ASSURED', 'SRC_NAT'] });
  });

  it('tells events in order of time, of what ran out too', () => {
    const lines = run(`conntrack ${DEMO} -E -o timestamp --sysctl net.netfilter.nf_conntrack_udp_timeout=2`);
    const times = lines.map((line) => Number(/^\[(\d+\.\d{6})\]\t/.exec(line)?.[1]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const dns = lines.filter((line) => line.includes('sport=56166')).map((line) => line.replace(/^\S+\t/, '').slice(0, 24));
    expect(dns).toEqual(
      ['    [NEW] udp      17 2 s', ' [UPDATE] udp      17 2 s', '[DESTROY] udp      17 sr'].map((line) => line.slice(0, 24)),
    );
    expect(lines.at(-1)).toMatch(/packets=\d+ bytes=\d+|ESTABLISHED/);
  });

  it('refuses what is no moment', () => {
    const { code, err } = hookline(['conntrack', 'fixtures/demo/lan.pcap', '--at', 'noon']);
    expect([code, err.includes('packet number')]).toEqual([2, true]);
  });
});

describe('hookline nat', () => {
  it('tells translations, ports and the table', () => {
    const lines = run(`nat ${DEMO}`);
    expect(lines[0]).toBe('4 connections, 1 translated');
    expect(lines.some((line) => /source +tcp +192\.168\.122\.4 +192\.168\.133\.102 +nat:POSTROUTING:3/.test(line))).toBe(true);
  });

  it('supposes a smaller table', () => {
    const table = (JSON.parse(run(`nat ${DEMO} --conntrack-max 3 --json`).join('\n')) as { table: unknown }).table;
    expect(table).toMatchObject({ max: 3, peak: 3, refused: { packets: 27, first: 62 } });
  });
});
