/**
 * Recorded kernel: what was still expected, and for how long, when a scenario of fixtures/scenarios/helpers was over
 * (expectations.txt: /proc/net/nf_conntrack_expect of Linux 6.18.44). What became of the packets is test/conformance's business.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import { type Expectation, ExpectFlag } from '../../../../src/conntrack/expect.ts';
import { formatIpv4 } from '../../../../src/inet/ipv4.ts';
import { GRE } from '../../../../src/inet/protocol.ts';
import { loadScenario } from '../../../../src/scenario/load.ts';
import { runScenario } from '../../../../src/scenario/run.ts';
import type { Truth } from '../../../../src/scenario/truth.ts';

const FOLDER = fileURLToPath(new URL('../../../../fixtures/scenarios/helpers', import.meta.url));
const SIP_KINDS = ['signalling', 'audio', 'video', 'image'];
const HZ = 250;
const SLACK_SEC = 2;

const names = readdirSync(FOLDER).filter((name) => existsSync(`${FOLDER}/${name}/expectations.txt`));

/** All groups with all their digits, as the kernel writes them here. */
function fullIpv6(...words: number[]): string {
  const digits = words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  return digits.match(/..../g)!.join(':');
}

function describeExpectation(conntrack: Conntrack, { tuple, flags, master, kind }: Expectation): string {
  const { family, protocol, src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcL4, dstL4 } = tuple;
  const addresses =
    family === 6 ? [fullIpv6(src0, src1, src2, src3), fullIpv6(dst0, dst1, dst2, dst3)] : [formatIpv4(src0), formatIpv4(dst0)];
  const ports = protocol === GRE ? `srckey=0x${srcL4.toString(16)} dstkey=0x${dstL4.toString(16)}` : `sport=${srcL4} dport=${dstL4}`;
  const words = [(flags & ExpectFlag.Permanent) === 0 ? '' : 'PERMANENT', (flags & ExpectFlag.Inactive) === 0 ? '' : 'INACTIVE'];
  const flagText = words.filter((word) => word !== '').join(',');
  const helper = conntrack.helperName(master);
  const owner = helper === 'sip' ? `sip/${SIP_KINDS[kind]}` : helper;
  return `l3proto = ${family === 6 ? 10 : 2} proto=${protocol} src=${addresses[0]} dst=${addresses[1]} ${ports} ${flagText === '' ? '' : `${flagText} `}${owner}`;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('what Linux still expected at the end', () => {
  it.each(names)('%s', (name) => {
    const directory = `${FOLDER}/${name}`;
    const truth = JSON.parse(gunzipSync(readFileSync(`${directory}/truth.json.gz`)).toString()) as Truth;
    const enabled = vi.spyOn(Conntrack.prototype, 'enable');
    const scenario = loadScenario(directory);
    runScenario(scenario, { against: truth });
    const conntrack = enabled.mock.contexts.at(-1) as Conntrack;
    const endUs = scenario.packets.at(-1)!.nowUs;
    const ours = new Map(
      conntrack
        .expectations()
        .map((expectation) => [describeExpectation(conntrack, expectation), expectation.deadline / HZ - endUs / 1e6] as const),
    );
    const kernel = readFileSync(`${directory}/expectations.txt`, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => /^(\d+) (.*?) *$/.exec(line)!)
      .map(([, seconds, text]) => [text!, Number(seconds)] as const);
    expect([...ours.keys()].sort()).toEqual(kernel.map(([text]) => text).sort());
    for (const [text, seconds] of kernel) expect(Math.abs(ours.get(text)! - seconds), text).toBeLessThan(SLACK_SEC);
  });

  it('covers every helper', () => {
    expect(new Set(names.map((name) => name.replace(/-\d+$/, '')))).toEqual(
      new Set(['amanda', 'h323', 'irc', 'netbios-ns', 'pptp', 'sane', 'sip', 'snmp', 'snmp_trap']),
    );
  });
});
