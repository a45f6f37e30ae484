/**
 * Rule sets the benches replay traffic through, as iptables-save text.
 * @module
 */

/** A firewall of a small office: established first, then what the inside may open. No rule is hit by every packet but the first. */
export const STATEFUL = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m conntrack --ctstate INVALID -j DROP
-A FORWARD -s 192.168.0.0/16 -j DROP
-A FORWARD -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 25 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -s 10.0.0.0/8 -p tcp -m multiport --dports 22,80,443 -m conntrack --ctstate NEW -j ACCEPT
-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 8080 -m conntrack --ctstate NEW -j ACCEPT
-A FORWARD -s 10.0.0.0/8 -p udp -m conntrack --ctstate NEW -j ACCEPT
-A FORWARD -d 10.0.0.0/8 -p tcp -m tcp --dport 3389 -j DROP
COMMIT
`;

/** The same without states: 20 rules, of which the traffic walks most. */
export const STATELESS = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
${Array.from({ length: 16 }, (_, i) => `-A FORWARD -s 172.16.${i}.0/24 -p tcp -m tcp --dport ${2000 + i} -j DROP`).join('\n')}
-A FORWARD -s 10.0.0.0/8 -j ACCEPT
-A FORWARD -d 10.0.0.0/8 -p tcp -j ACCEPT
-A FORWARD -d 10.0.0.0/8 -p udp -j ACCEPT
-A FORWARD -d 10.0.0.0/8 -p icmp -j ACCEPT
COMMIT
`;

/** Established first, then `count` rules that a new connection walks in vain before the one that lets it in. */
export function longList(count: number): string {
  const walked = Array.from(
    { length: count },
    (_, i) => `-A FORWARD -s 10.${200 + (i >> 8)}.${i & 255}.0/24 -p tcp -m tcp --dport ${i % 60000} -j DROP`,
  );
  return `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
${walked.join('\n')}
-A FORWARD -s 10.0.0.0/8 -j ACCEPT
COMMIT
`;
}
