import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../src/iptables/save.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { refusal, saved } from './fakes.ts';

/** Chain lines of the filter table, without the built-in chains that nothing changed. */
function chains(lines: string): string[] {
  const text = printRules(parseRules(`*filter\n:z - [0:0]\n:a - [0:0]\n${lines}\nCOMMIT\n`));
  return text.split('\n').filter((line) => line.startsWith(':') && !line.endsWith('ACCEPT [0:0]'));
}

// What iptables-legacy-restore 1.8.9 leaves behind each.
describe('commands inside a table', () => {
  it.each([
    ['-I a -j DROP\n-I a -j ACCEPT\n-I a 2 -j RETURN', ['-A a -j ACCEPT', '-A a -j RETURN', '-A a -j DROP']],
    ['-I a 1 -j DROP', ['-A a -j DROP']],
    ['-I a -s 1.2.3.4,5.6.7.8', ['-A a -s 5.6.7.8/32', '-A a -s 1.2.3.4/32']],
    ['-A a -j DROP\n-D a -j DROP', []],
    ['-A a -j DROP\n-A a -j ACCEPT\n-D a 1', ['-A a -j ACCEPT']],
    ['-A a -s 1.2.3.4,5.6.7.8\n-D a -s 1.2.3.4,5.6.7.8', []],
    ['-A a -j DROP\n-R a 1 -j ACCEPT', ['-A a -j ACCEPT']],
    ['-A a -j DROP\n-C a -j DROP', ['-A a -j DROP']],
    ['-A a -j DROP\n-A z -j DROP\n-F a', ['-A z -j DROP']],
    ['-A a -j DROP\n-A z -j DROP\n-F', []],
    ['[5:6] -A a\n[7:8] -A a\n-Z a 1', ['-A a', '[7:8] -A a']],
    ['[5:6] -A a\n-Z', ['-A a']],
    ['-N b\n-A b -j DROP', ['-A b -j DROP']],
    ['-A z -j a\n-E a b', ['-A z -j b']],
  ])('%j', (lines, rules) => {
    expect(saved(lines)).toEqual(rules.map((rule) => (rule.startsWith('[') ? rule : `[0:0] ${rule}`)));
  });

  it('make, delete and rename chains and set policies', () => {
    expect(chains('-X a')).toEqual([':z - [0:0]']);
    expect(chains('-X')).toEqual([]);
    expect(chains('-A z -j a\n-F z\n-X a')).toEqual([':z - [0:0]']);
    expect(chains('-E a b')).toEqual([':b - [0:0]', ':z - [0:0]']);
    expect(chains('-P INPUT DROP -c 5 6')).toEqual([':INPUT DROP [5:6]', ':a - [0:0]', ':z - [0:0]']);
  });

  it.each([
    ['-I a 3 -j DROP', "rule number 3 is out of range: chain 'a' has 0 rules"],
    ['-I a 0 -j DROP', "Invalid rule number `0'"],
    ['-I a x', "Invalid rule number `x'"],
    ['-D a 1', "rule number 1 is out of range: chain 'a' has 0 rules"],
    ['-D a -j DROP', 'Bad rule (does a matching rule exist in that chain?)'],
    ['-C a -j DROP', 'Bad rule (does a matching rule exist in that chain?)'],
    ['-A a\n-R a 1 -s 1.2.3.4,5.6.7.8', 'Replacement rule does not specify a unique address'],
    ['-N a', "error creating chain 'a': it exists already"],
    ['-N RETURN', "error creating chain 'RETURN': it exists already"],
    ['-A a\n-X a', "cannot delete chain 'a': it is not empty"],
    ['-A z -j a\n-X a', "cannot delete chain 'a': rules jump to it"],
    ['-X a\n-A a -j DROP', 'Chain \'a\' does not exist (did you mean "z"?)'],
    ['-A a -j DROP\n-F a\n-X a\n-I a -j DROP', 'Chain \'a\' does not exist (did you mean "z"?)'],
    ['-X INPUT', "cannot delete chain 'INPUT': it is built in"],
    ['-E a z', "cannot rename chain 'a' to 'z': it exists already"],
    ['-E a', '-E requires old-chain-name and new-chain-name'],
    ['-P INPUT', '-P requires a chain and a policy'],
    ['-P INPUT FOO', "Can't set policy `FOO' on `INPUT': Bad policy name"],
    ['-P a DROP', "Can't set policy `DROP' on `a': Bad built-in chain name"],
  ])('%j is refused', (lines, reason) => {
    expect(refusal(lines).reason).toBe(reason);
  });

  it('are refused when they would go on for ever', () => {
    const chains = Array.from({ length: 1500 }, (_, i) => `-N c${i}`).join('\n');
    expect(refusal(`${chains}\n${'-Z\n'.repeat(1400)}`)).toMatchObject({ code: 'ERR_LIMIT', token: '-Z' });
    expect(saved(`${'-I a -j DROP\n'.repeat(5000)}-D a 1`)).toHaveLength(4999);
  });
});
