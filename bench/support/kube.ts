/**
 * Rule sets as kube-proxy writes them in its iptables mode, of any size: services with one endpoint and with three in turn, which
 * makes eight rules a service.
 *
 *   KUBE-SERVICES -d VIP --dport P -> KUBE-SVC-x -> a third: KUBE-SEP-y -> DNAT
 *
 * @module
 */
import { Random } from '../../src/inet/random.ts';

const NAME_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PORTS: readonly number[] = [80, 443, 8080, 9090, 53, 6379];
/** Services live in 10.96.0.0/12, endpoints in 10.244.0.0/14. */
const SERVICE_NET = 0x0a600000;
const ENDPOINT_NET = 0x0af40000;

/** Where a service listens, and the name of its chain. */
export interface Service {
  readonly address: string;
  /** The address as a number. */
  readonly word: number;
  readonly port: number;
  readonly chain: string;
  /** Addresses of its endpoints, which listen on port 8080. */
  readonly pods: readonly number[];
}

/** iptables-save text of a nat table with `services` services, and where the n-th listens. */
export class KubeRules {
  readonly text: string;
  readonly services: readonly Service[];

  constructor(count: number, seed = 1) {
    const random = new Random(seed);
    const services = Array.from({ length: count }, (_, i) => ({
      word: SERVICE_NET + 1 + i * 3,
      address: dotted(SERVICE_NET + 1 + i * 3),
      port: PORTS[random.below(PORTS.length)]!,
      chain: `KUBE-SVC-${name(random)}`,
      pods: Array.from({ length: 1 + 2 * (i & 1) }, (_, k) => ENDPOINT_NET + 2 + (3 * i + k) * 2),
    }));
    const names: string[] = [];
    const rules: string[] = [];
    services.forEach((service, i) => writeService(service, i, random, names, rules));
    const entries = services.map(
      ({ address, port, chain }, i) =>
        `-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "ns-${i % 97}/app-${i}:http cluster IP" -m tcp --dport ${port} -j ${chain}`,
    );
    this.services = services;
    this.text = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
${names.map((chain) => `:${chain} - [0:0]`).join('\n')}
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
${entries.join('\n')}
${rules.join('\n')}
COMMIT
`;
  }
}

function writeService({ address, port, chain, pods }: Service, index: number, random: Random, names: string[], rules: string[]): void {
  const label = `-m comment --comment "ns-${index % 97}/app-${index}:http"`;
  names.push(chain);
  rules.push(`-A ${chain} ! -s 10.244.0.0/14 -d ${address}/32 -p tcp ${label} -m tcp --dport ${port} -j KUBE-MARK-MASQ`);
  pods.forEach((word, i) => {
    const endpoint = `KUBE-SEP-${name(random)}`;
    const pod = dotted(word);
    const left = pods.length - i;
    const share = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(11)} ` : '';
    names.push(endpoint);
    rules.push(`-A ${chain} ${label} ${share}-j ${endpoint}`);
    rules.push(`-A ${endpoint} -s ${pod}/32 ${label} -j KUBE-MARK-MASQ`);
    rules.push(`-A ${endpoint} -p tcp ${label} -m tcp -j DNAT --to-destination ${pod}:8080`);
  });
}

function name(random: Random): string {
  return Array.from({ length: 16 }, () => NAME_LETTERS[random.below(NAME_LETTERS.length)]).join('');
}

function dotted(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');
}
