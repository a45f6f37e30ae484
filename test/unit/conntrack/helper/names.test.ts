/** Which helpers a rule may name. Asked of Linux 6.18.44 with iptables-legacy and ip6tables-legacy, `-j CT --helper`. */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../../src/engine/engine.ts';
import { parseHost } from '../../../../src/host/host-json.ts';
import { parseRules } from '../../../../src/iptables/save.ts';
import { attachRules } from '../../../../src/replay/attach.ts';
import { SetStore } from '../../../../src/xtables/set/store.ts';
import { HOST } from '../../../support/nat-router.ts';

function rules(family: 4 | 6, helper: string, protocol: string): ReturnType<typeof parseRules> {
  const text = `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p ${protocol} -j CT --helper ${helper}\nCOMMIT\n`;
  return parseRules(text, { file: 'rules', family });
}

describe('CT --helper', () => {
  it.each([
    ['ftp', 'tcp', '46'],
    ['irc', 'tcp', '4'],
    ['pptp', 'tcp', '4'],
    ['sane', 'tcp', '46'],
    ['Q.931', 'tcp', '46'],
    ['sip', 'tcp', '46'],
    ['sip', 'udp', '46'],
    ['amanda', 'udp', '46'],
    ['netbios-ns', 'udp', '4'],
    ['RAS', 'udp', '46'],
    ['snmp', 'udp', '4'],
    ['snmp_trap', 'udp', '4'],
    ['tftp', 'udp', '46'],
    ['irc', 'udp', ''],
    ['H.245', 'tcp', ''],
    ['nobody', 'tcp', ''],
  ])('%s over %s is there for IPv%s', (helper, protocol, families) => {
    for (const family of [4, 6] as const) {
      const read = (): unknown => rules(family, helper, protocol);
      if (families.includes(String(family))) expect(read).not.toThrow();
      else expect(read).toThrow(`no helper "${helper}" for this protocol`);
    }
  });

  it.each([
    ['Q.931', 'tcp'],
    ['RAS', 'udp'],
  ])('%s is read, but not evaluated', (helper, protocol) => {
    const engine = new Engine({ host: parseHost(HOST), sink: { transmit: () => {}, deliver: () => {} }, seed: 1 });
    expect(() => attachRules(engine, rules(4, helper, protocol), new SetStore())).toThrow(/the helper .* is not evaluated/);
  });
});
