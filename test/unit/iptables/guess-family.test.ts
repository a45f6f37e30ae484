import { expect, it } from 'vitest';
import { guessFamily } from '../../../src/iptables/guess-family.ts';

it.each([
  ['', 'rules.v6', 6],
  ['', '/etc/iptables/ip6tables.rules', 6],
  ['-A INPUT -s fe80::1', 'a/v4/rules.v4', 4],
  ['', 'x', 4],
  ['-A INPUT -s fe80::/10 -j DROP', 'x', 6],
  ['-A INPUT ! --source fe80::/10 -p icmpv6', 'x', 6],
  ['-A INPUT -p ipv6-icmp -j ACCEPT', 'x', 6],
  ['-A INPUT -p ipv6-icmp -j ACCEPT\n-A INPUT -s 10.0.0.1', 'x', 4],
  ['-A INPUT -m mac --mac-source 00:11:22:33:44:55', 'x', 4],
  ['-A INPUT -p icmp', 'x', 4],
])('guesses of %j in %j: IPv%d', (text, file, family) => {
  expect(guessFamily(text, file)).toBe(family);
});
