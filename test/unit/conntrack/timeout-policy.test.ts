/**
 * Timeout policies. Which rules Linux 6.18.44 takes them in was asked of iptables-legacy with policies made over nfnetlink; what
 * they do is recorded in fixtures/scenarios/conntrack/timeout-policy.
 */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { attachRules } from '../../../src/replay/attach.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { HOST } from '../../support/nat-router.ts';

const POLICIES = {
  web: { protocol: 'tcp', timeouts: { established: 100 } },
  six: { family: 6, protocol: 'tcp', timeouts: {} },
  any: { protocol: 'generic', timeouts: { timeout: 5 } },
  odd: { protocol: 'tcp', timeouts: { replied: 5 } },
  none: { protocol: 'dccp', timeouts: {} },
};

function attach(rule: string, family: 4 | 6 = 4): void {
  const host = parseHost({ ...HOST, timeout_policies: POLICIES });
  const engine = new Engine({ host, sink: { transmit: () => {}, deliver: () => {} }, seed: 1 });
  const text = `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING ${rule}\nCOMMIT\n`;
  attachRules(engine, parseRules(text, { file: 'rules', family }), new SetStore());
}

describe('CT --timeout', () => {
  it.each([
    ['-p tcp -j CT --timeout web', 4],
    ['-p tcp -j CT --timeout six', 6],
    ['-p 99 -j CT --timeout any', 4],
    ['-p esp -j CT --timeout any', 4],
    ['-p tcp -j CT --timeout nope --notrack', 4],
  ] as const)('%s is taken in IPv%i', (rule, family) => {
    expect(() => attach(rule, family)).not.toThrow();
  });

  it.each([
    ['-p tcp -j CT --timeout nope', 'does not exist'],
    ['-p tcp -j CT --timeout six', 'is for IPv6'],
    ['-p udp -j CT --timeout web', 'is for tcp'],
    ['-p udp -j CT --timeout any', 'is for generic'],
    ['-p tcp -j CT --timeout odd', 'sets "replied", which tcp has not'],
    ['-p 33 -j CT --timeout none', 'is for no tracker there is: dccp'],
  ])('%s is refused at its place', (rule, reason) => {
    expect(() => attach(rule)).toThrow(reason);
    expect(() => attach(rule)).toThrow(/^rules:4:/);
  });

  it.each([
    [{ protocol: 7 }, 'timeout_policies.x.protocol'],
    [{ protocol: 'tcp', timeouts: { established: -1 } }, 'timeout_policies.x.timeouts.established'],
    [{ protocol: 'tcp', timeout: {} }, 'timeout_policies.x'],
  ])('a policy that is none is refused: %j', (policy, place) => {
    expect(() => parseHost({ ...HOST, timeout_policies: { x: policy } })).toThrow(place);
  });
});
