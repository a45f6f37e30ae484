/** Promises about names: one that JavaScript knows too is a name like any other. */
import { describe, expect, it } from 'vitest';
import { parseHost } from '../../src/host/host-json.ts';
import { printRules } from '../../src/iptables/print.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { build } from '../../src/packet/build.ts';
import { ipv4, tcp } from '../../src/packet/build-layers.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';
import { createEngine } from '../../src/replay/machine.ts';
import { parseSets } from '../../src/xtables/set/store.ts';

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];

describe('a name that JavaScript knows too', () => {
  it.each(NAMES)('is a chain, a set, an interface, a list and a limit like any other: %s', (name) => {
    const device = name.slice(0, 15);
    const host = parseHost({
      interfaces: [
        { name: device, addresses: ['10.0.0.1/24'] },
        { name: 'eth1', addresses: ['10.0.1.1/24'] },
      ],
    });
    const text = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:${name} - [0:0]
-A FORWARD -i ${device} -j ${name}
-A ${name} -m recent --set --name ${name} --mask 255.255.255.255 --rsource
-A ${name} -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name ${name}
-A ${name} -m set --match-set ${name} src -j DROP
COMMIT
`;
    const rules = parseRules(text, { counters: false });
    expect(printRules(rules)).toContain(text.split('\n').slice(4, 9).join('\n'));
    const machine = createEngine(host).attach(rules, parseSets(`create ${name} hash:ip\nadd ${name} 10.0.0.2\n`));
    const octets = build(ipv4('10.0.0.2', '10.0.1.2'), tcp(1, 80, { flags: 2 }));
    const packet = new Packet();
    packet.blank(octets.length);
    packet.bytes.set(octets, packet.start);
    decode(packet, LinkType.Raw);
    expect(machine.receive(packet, device).rule?.name).toBe(`filter:${name}:3`);
  });

  it('changes no object of JavaScript', () => {
    const json =
      '{"__proto__": {"polluted": 1}, "interfaces": [{"name": "eth0", "__proto__": {"mtu": 9}}], "sysctls": {"__proto__": {"polluted": 1}}}';
    try {
      parseHost(json);
    } catch {
      // refused is as good
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });

  it('is refused where it names no module', () => {
    for (const name of NAMES) {
      expect(() => parseRules(`*filter\n-A INPUT -m ${name} -j DROP\nCOMMIT\n`)).toThrow(`Couldn't load match '${name}'`);
      expect(() => parseRules(`*filter\n-A INPUT -j ${name}\nCOMMIT\n`)).toThrow(/:2:13: /);
      expect(() => parseRules(`*${name}\nCOMMIT\n`)).toThrow(/:1:/);
      expect(() => parseSets(`create s ${name}\n`)).toThrow(/:1:/);
    }
  });
});
