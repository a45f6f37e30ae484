/**
 * Rule sets the benches replay traffic through, as iptables-save text: ten rules that use every table, the same with translation,
 * and lists of many thousand rules in their place.
 * @module
 */
import { Random } from '../../src/inet/random.ts';
import { KubeRules } from './kube.ts';
import { SERVICES } from './traffic.ts';

const FILTER = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m conntrack --ctstate INVALID -j DROP
-A FORWARD -s 192.168.0.0/16 -j DROP
-A FORWARD -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A FORWARD -s 10.0.0.0/8 -m conntrack --ctstate NEW -j ACCEPT
-A FORWARD -d 10.0.0.0/8 -p tcp -m tcp --dport 3389 -j DROP
COMMIT
`;
const RAW = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -s 192.0.2.0/24 -j DROP
COMMIT
`;
const MANGLE = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 192.0.2.0/24 -j MARK --set-xmark 0x1/0xffffffff
-A POSTROUTING -d 203.0.113.0/24 -p tcp -m tcp --dport 22 -j TOS --set-tos 0x10/0x3f
COMMIT
`;
const SECURITY = `*security
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`;
const NAT_CHAINS = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
`;

function withNat(rule: string): string {
  return `${RAW}${MANGLE}${NAT_CHAINS}${rule}\nCOMMIT\n${FILTER}${SECURITY}`;
}

/** 160,000 rules in place of the filter table's. What the traffic of the benches meets is let through; no rule for what is known. */
function aclRules(count: number): string {
  return `${RAW}${MANGLE}${NAT_CHAINS}-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE\nCOMMIT
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate INVALID -j DROP
${aclLines(count).join('\n')}
COMMIT
${SECURITY}`;
}

/**
 * After ClassBench's access lists: most rules name both networks, with lengths that crowd at 32, 24 and 16, a protocol, and one
 * destination port or a range; sources are wider than destinations. One rule of 16 lies where the traffic is.
 */
function aclLines(count: number): string[] {
  const random = new Random(7);
  return Array.from({ length: count }, () => {
    const near = random.below(16) === 0;
    const source = near ? `10.${random.below(16)}.${random.below(256)}.0/24` : prefix(random, [0, 16, 16, 24, 24, 32]);
    const target = near ? `198.51.100.${1 + random.below(200)}/32` : prefix(random, [16, 24, 24, 32, 32, 32]);
    const protocol = ['tcp', 'tcp', 'tcp', 'udp'][random.below(4)]!;
    const first = random.below(60_000);
    const ports = random.below(4) === 0 ? `${first}:${first + 1 + random.below(5000)}` : String(near ? 80 : first);
    const what = near || random.below(3) > 0 ? 'ACCEPT' : 'DROP';
    return `-A FORWARD -s ${source} -d ${target} -p ${protocol} -m ${protocol} --dport ${ports} -j ${what}`;
  });
}

/** A network that no generated traffic belongs to. */
function prefix(random: Random, lengths: readonly number[]): string {
  const length = lengths[random.below(lengths.length)]!;
  if (length === 0) return '0.0.0.0/0';
  const word = ((20 + random.below(150)) << 24) | (random.u32() & 0xffffff);
  const masked = (word & (-1 << (32 - length))) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (masked >>> shift) & 255).join('.')}/${length}`;
}

/** The ten rules with kube-proxy's nat table instead of the one nat rule. */
function kubeRules(services: number): string {
  return `${RAW}${MANGLE}${new KubeRules(services).text}${FILTER}${SECURITY}`;
}

const RULES: Readonly<Record<string, () => string>> = {
  ten: () => withNat('-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE'),
  snat: () => withNat('-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 203.0.113.1'),
  'snat-pool': () => withNat('-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 203.0.113.1-203.0.113.100'),
  dnat: () => withNat('-A PREROUTING -d 198.51.100.0/24 -p tcp -j DNAT --to-destination 203.0.113.80'),
  acl: () => aclRules(160_000),
  kube: () => kubeRules(SERVICES),
};

/** iptables-save text by name. */
export function rulesText(name: string): string {
  const make = RULES[name];
  if (make === undefined) throw new RangeError(`no rules ${name}`);
  return make();
}
