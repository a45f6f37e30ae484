/** Which helpers a rule may name. Asked of Linux 6.18.44 with iptables-legacy and ip6tables-legacy, `-j CT --helper`. */
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../../src/iptables/save.ts';

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
    ['H.245', 'udp', '46'],
    ['nobody', 'tcp', ''],
  ])('%s over %s is there for IPv%s', (helper, protocol, families) => {
    for (const family of [4, 6] as const) {
      const read = (): unknown => rules(family, helper, protocol);
      if (families.includes(String(family))) expect(read).not.toThrow();
      else expect(read).toThrow(`no helper "${helper}" for this protocol`);
    }
  });
});
