/**
 * Which family a rule text is for, when nobody says: its file's name, else what only one of the two families has in it.
 * @module
 */

/** Words that stand in rules of one family alone. */
const ONLY6 = /icmpv6|ipv6-icmp|icmp6|-m hl\b|-m rt\b|-m ipv6header\b|ip6tables-save|-j HL\b/;
const ONLY4 = /-p icmp\b|-m icmp\b|--icmp-type|-m ttl\b|[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|icmp-port-unreachable/;
/** An address of -s or -d with two colons in it. */
const ADDRESS6 = /(?: -[sd]| --src| --dst| --source| --destination) [0-9a-f]{0,4}:[0-9a-f]{0,4}:/i;
/** How many characters of a text are looked at. */
const SAMPLE = 1_000_000;

/** 4 when nothing tells. */
export function guessFamily(text: string, file = ''): 4 | 6 {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).toLowerCase();
  if (/ip6|ipv6|v6|6tables/.test(name)) return 6;
  if (/ipv4|v4/.test(name)) return 4;
  const sample = text.slice(0, SAMPLE);
  if (ADDRESS6.test(sample) || ONLY6.test(sample)) return ONLY4.test(sample) && !ADDRESS6.test(sample) ? 4 : 6;
  return 4;
}
