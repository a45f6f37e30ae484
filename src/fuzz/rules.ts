/**
 * Rule sets and changes of rule sets, as iptables-save text, drawn relative to a landscape: interfaces, addresses and ports that its
 * traffic really has.
 * @module
 */
import fc from 'fast-check';
import type { Landscape } from './landscape.ts';

/** What becomes of one line. */
export type RuleChange =
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'insert'; readonly at: number; readonly rule: string }
  | { readonly kind: 'replace'; readonly at: number; readonly rule: string }
  | { readonly kind: 'swap'; readonly at: number };

const OWN_CHAINS = ['WEB', 'GUARD'];

/** The part of a rule that says which packets. */
function packets(land: Landscape, chain: string): fc.Arbitrary<string> {
  const names = land.sides.map(({ name }) => name);
  const device = fc.constantFrom(...(names.length > 0 ? names : ['eth0']));
  const address = fc.constantFrom(...land.addresses);
  const length = land.family === 4 ? fc.constantFrom(32, 24, 16, 25) : fc.constantFrom(128, 64, 48);
  const not = fc.constantFrom('', '', '', '! ');
  const port = fc.constantFrom(...land.ports);
  const inward = chain !== 'OUTPUT' && chain !== 'POSTROUTING';
  const outward = chain === 'FORWARD' || chain === 'OUTPUT' || chain === 'POSTROUTING';
  const part = fc.oneof(
    fc.tuple(not, address, length).map(([no, text, bits]) => `${no}-s ${text}/${bits}`),
    fc.tuple(not, address, length).map(([no, text, bits]) => `${no}-d ${text}/${bits}`),
    fc.tuple(not, device).map(([no, name]) => (inward ? `${no}-i ${name}` : outward ? `${no}-o ${name}` : '')),
    fc.tuple(not, device).map(([no, name]) => (outward ? `${no}-o ${name}` : inward ? `${no}-i ${name}` : '')),
  );
  const protocol = fc.oneof(
    fc.constant(''),
    fc.tuple(fc.constantFrom('tcp', 'udp'), not, port).map(([name, no, number]) => `-p ${name} -m ${name} ${no}--dport ${number}`),
    fc
      .tuple(fc.constantFrom('tcp', 'udp'), fc.uniqueArray(port, { minLength: 1, maxLength: 4 }))
      .map(([name, list]) => `-p ${name} -m multiport --dports ${list.join(',')}`),
    fc.constantFrom(land.family === 4 ? '-p icmp' : '-p ipv6-icmp', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'),
  );
  const state = fc.constantFrom(
    '',
    '',
    '-m conntrack --ctstate RELATED,ESTABLISHED',
    '-m conntrack --ctstate NEW',
    '-m conntrack --ctstate INVALID',
  );
  // one of each kind: iptables takes an option once
  return fc
    .tuple(fc.uniqueArray(part, { maxLength: 3, selector: (text) => text.replace('! ', '').slice(0, 2) }), protocol, state)
    .map(([parts, upper, last]) => [...parts, upper, last].filter((text) => text !== '').join(' '));
}

/** One rule of a chain of the filter table, without its -A. */
export function filterRule(land: Landscape, chain: string): fc.Arbitrary<string> {
  const own = OWN_CHAINS.includes(chain);
  const targets = ['-j ACCEPT', '-j DROP', '-j REJECT', ...(own ? ['-j RETURN'] : OWN_CHAINS.map((name) => `-j ${name}`)), ''];
  return fc.tuple(packets(land, chain), fc.constantFrom(...targets)).map((words) => words.filter((word) => word !== '').join(' '));
}

function natRule(land: Landscape, chain: 'PREROUTING' | 'POSTROUTING'): fc.Arbitrary<string> {
  const to = fc.constantFrom(...land.addresses);
  const text = (address: string, port: number): string => (land.family === 4 ? `${address}:${port}` : `[${address}]:${port}`);
  const target =
    chain === 'PREROUTING'
      ? fc.oneof(
          fc.tuple(to, fc.constantFrom(...land.ports)).map(([address, port]) => `-p tcp -j DNAT --to-destination ${text(address, port)}`),
          to.map((address) => `-j DNAT --to-destination ${address}`),
          fc.constantFrom(...land.ports).map((port) => `-p tcp -j REDIRECT --to-ports ${port}`),
        )
      : fc.oneof(
          fc.constant('-j MASQUERADE'),
          fc.constantFrom(...(land.own.length > 0 ? land.own : land.addresses)).map((address) => `-j SNAT --to-source ${address}`),
        );
  return fc
    .tuple(fc.constantFrom(...land.sides.map(({ name }) => name), 'eth0'), target)
    .map(([name, words]) => `${chain === 'PREROUTING' ? '-i' : '-o'} ${name} ${words}`);
}

/** A rule set: filter with two chains of its own, and often nat. */
export function ruleText(land: Landscape): fc.Arbitrary<string> {
  const chains = ['INPUT', 'FORWARD', 'OUTPUT', ...OWN_CHAINS];
  const filter = fc
    .tuple(
      fc.constantFrom('ACCEPT', 'ACCEPT', 'DROP'),
      fc.tuple(...chains.map((chain) => fc.array(filterRule(land, chain), { maxLength: chain === 'FORWARD' ? 8 : 4 }))),
    )
    .map(([policy, lists]) => {
      const heads = chains.map((chain) => `:${chain} ${OWN_CHAINS.includes(chain) ? '-' : chain === 'FORWARD' ? policy : 'ACCEPT'} [0:0]`);
      const lines = lists.flatMap((rules, i) => rules.map((rule) => `-A ${chains[i]!} ${rule}`.trimEnd()));
      return ['*filter', ...heads, ...lines, 'COMMIT', ''].join('\n');
    });
  const nat = fc
    .tuple(fc.array(natRule(land, 'PREROUTING'), { maxLength: 3 }), fc.array(natRule(land, 'POSTROUTING'), { maxLength: 3 }))
    .map(([before, after]) =>
      ['*nat', ...before.map((rule) => `-A PREROUTING ${rule}`), ...after.map((rule) => `-A POSTROUTING ${rule}`), 'COMMIT', ''].join('\n'),
    );
  return fc.tuple(filter, fc.option(nat, { nil: '' })).map(([one, two]) => two + one);
}

/** A change of a rule set's text and what comes of it: a rule less, a rule more, another rule, or two in the other order. */
export function ruleChange(land: Landscape, text: string): fc.Arbitrary<{ readonly change: RuleChange; readonly text: string }> {
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) => (line.startsWith('-A ') && chainOf(line) in FILTER_CHAINS ? [i] : []));
  const rule = filterRule(land, 'FORWARD');
  const changes: fc.Arbitrary<RuleChange>[] = [];
  if (places.length > 0) {
    const at = fc.constantFrom(...places);
    changes.push(
      at.map((place): RuleChange => ({ kind: 'delete', at: place })),
      fc.tuple(at, rule).map(([place, words]): RuleChange => ({ kind: 'insert', at: place, rule: words })),
      fc.tuple(at, rule).map(([place, words]): RuleChange => ({ kind: 'replace', at: place, rule: words })),
    );
    const pairs = places.filter((place) => places.includes(place + 1) && chainOf(lines[place]!) === chainOf(lines[place + 1]!));
    if (pairs.length > 0) changes.push(fc.constantFrom(...pairs).map((place): RuleChange => ({ kind: 'swap', at: place })));
  }
  if (changes.length === 0) return fc.constant({ change: { kind: 'swap', at: -1 }, text });
  return fc.oneof(...changes).map((change) => ({ change, text: applied(lines, change) }));
}

/** Chains whose rules may stand for one another: what fits FORWARD fits here. */
const FILTER_CHAINS: Readonly<Record<string, true>> = { __proto__: null, FORWARD: true } as never;

function chainOf(line: string): string {
  return line.split(' ', 2)[1] ?? '';
}

function applied(lines: readonly string[], change: RuleChange): string {
  const { at, kind } = change;
  if (at < 0) return lines.join('\n');
  const after = [...lines];
  const chain = chainOf(lines[at]!);
  if (kind === 'delete') after.splice(at, 1);
  else if (kind === 'swap') after.splice(at, 2, lines[at + 1]!, lines[at]!);
  else after.splice(at, kind === 'replace' ? 1 : 0, `-A ${chain} ${change.rule}`.trimEnd());
  return after.join('\n');
}
