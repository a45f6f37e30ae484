import { describe, expect, it } from 'vitest';
import type { RuleError } from '../../../src/errors.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules, type RuleNote } from '../../../src/iptables/save.ts';
import { fakeTarget } from './fakes.ts';

function roundTrip(text: string): string {
  return printRules(parseRules(text), { counters: true });
}

function reasonOf(text: string, targets = [fakeTarget('LOG')]): string {
  try {
    parseRules(text, { file: 'f', targets });
  } catch (error) {
    return (error as RuleError).message;
  }
  return '';
}

describe('a rule file', () => {
  it('is printed as iptables-legacy-save 1.8.9 does', () => {
    const text = `# hand-written

*filter
:zone - [7:8]
:Alpha - [0:0]
:INPUT DROP [5:6]
:alpha - [0:0]
[1:2] -A zone -j Alpha
-A INPUT -j zone
-A FORWARD -g alpha
COMMIT
*raw
COMMIT
`;
    expect(roundTrip(text)).toBe(`*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*filter
:INPUT DROP [5:6]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:Alpha - [0:0]
:alpha - [0:0]
:zone - [0:0]
[0:0] -A INPUT -j zone
[0:0] -A FORWARD -g alpha
[1:2] -A zone -j Alpha
COMMIT
`);
  });

  it('is printed without counters, with comments, or in its own order', () => {
    const set = parseRules('*raw\nCOMMIT\n*nat\n[1:2] -A INPUT\nCOMMIT\n');
    const lines = printRules(set, { order: 'given', comments: { before: 'made by', behind: 'done' } }).split('\n');
    expect(lines.slice(0, 2)).toEqual(['# made by', '*raw']);
    expect(lines).toContain('-A INPUT');
    expect(lines.slice(-3)).toEqual(['COMMIT', '# done', '']);
  });

  it('may set policies without counters and name chains after others', () => {
    expect(roundTrip('* filter\n:INPUT DROP\n:x -\n\n# c\nCOMMIT\n')).toContain(':INPUT DROP [0:0]');
    expect(roundTrip('*filter\n:INPUT - [5:6]\nCOMMIT\n')).toContain(':INPUT ACCEPT [0:0]');
  });

  it('keeps policies when a table begins again, and nothing else', () => {
    const text = '*filter\n:INPUT DROP [1:2]\n:foo - [0:0]\n-A INPUT -j foo\nCOMMIT\n*filter\n-A OUTPUT\nCOMMIT\n';
    expect(roundTrip(text)).toBe('*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT\nCOMMIT\n');
  });

  it.each([
    ['*filter\n:foo\nCOMMIT\n', "f:2:5: policy of chain 'foo' is missing"],
    ['*filter\n:foo - [0:0]\n:foo - [0:0]\nCOMMIT\n', "f:3:2: error creating chain 'foo': it exists already"],
    ['*filter\n:DROP - [0:0]\nCOMMIT\n', "f:2:2: error creating chain 'DROP': it exists already"],
    [
      '*filter\n:a2345678901234567890123456789 - [0:0]\nCOMMIT\n',
      "f:2:2: Invalid chain name `a2345678901234567890123456789' (28 chars max)",
    ],
    ['*filter\n:foo ACCEPT [0:0]\nCOMMIT\n', "f:2:2: Can't set policy `ACCEPT' on `foo': Bad built-in chain name"],
    ['*filter\n:INPUT RETURN [0:0]\nCOMMIT\n', "f:2:8: Can't set policy `RETURN' on `INPUT': Bad policy name"],
    ['*filter\n:INPUT DROP [1:2\nCOMMIT\n', "f:2:13: invalid policy counters for chain 'INPUT'"],
    ['*filter\n-A INPUT\n', 'f:3:1: COMMIT expected at line 3'],
    ['*filter\n-A INPUT', 'f:2:9: COMMIT expected at line 3'],
    ['*filter\nCOMMIT \n', "f:2:1: Bad argument `COMMIT'"],
    ['*filter\n # c\nCOMMIT\n', "f:2:2: Bad argument `#'"],
    ['*filter\n*nat\nCOMMIT\n', "f:2:1: Bad argument `*nat'"],
    ['*filter\nCOMMIT\nCOMMIT\n', 'f:3:1: expected a table ("*filter")'],
    ['-A INPUT\n', 'f:1:1: expected a table ("*filter")'],
    ['*fitler\n', 'f:1:2: unable to initialize table \'fitler\': there is no such table (did you mean "filter"?)'],
    ['*__proto__\n', "f:1:2: unable to initialize table '__proto__': there is no such table"],
    ['*nat\n-A INPUT -j DROP\nCOMMIT\n', 'f:2:13: The "nat" table is not intended for filtering, the use of DROP is therefore inhibited'],
    ['*nat\n-P INPUT DROP\nCOMMIT\n', 'f:2:10: The "nat" table is not intended for filtering, the use of DROP is therefore inhibited'],
    ['*filter\n-P x DROP\nCOMMIT\n', "f:2:4: Chain 'x' does not exist"],
    ['*filter\n-A INPUT -j x\n:x - [0:0]\nCOMMIT\n', "f:2:13: Couldn't load target 'x'"],
  ])('%j is refused', (text, message) => {
    expect(reasonOf(text)).toBe(message);
  });

  it('may set a DROP policy in nat by a chain line, as iptables-restore lets it', () => {
    expect(roundTrip('*nat\n:INPUT DROP [0:0]\nCOMMIT\n')).toContain(':INPUT DROP [0:0]');
  });

  it('may have CR LF and no last line end, with a note', () => {
    const notes: RuleNote[] = [];
    const set = parseRules('*filter\r\n:INPUT DROP [1:2]\r\n-A INPUT -j ACCEPT\r\nCOMMIT', { notes });
    expect(printRules(set)).toContain('-A INPUT -j ACCEPT\n');
    expect(notes).toEqual([
      { file: 'rules', line: 1, column: 8, text: 'lines end in CR LF, which iptables-restore refuses' },
      { file: 'rules', line: 4, column: 7, text: 'the last line has no line end, which iptables-restore refuses' },
    ]);
  });

  it('has every error collected when asked, and the rest read', () => {
    const errors: RuleError[] = [];
    const set = parseRules('*filter\n-A INPUT -j foo\n-A INPUT -j ACCEPT\n-A INPUT --bar\nCOMMIT\n', { errors });
    expect(errors.map(({ at }) => at.line)).toEqual([2, 4]);
    expect(set.ruleCount).toBe(1);
  });

  it('holds chains of any name', () => {
    const text =
      '*filter\n:__proto__ - [0:0]\n:constructor - [0:0]\n:-x - [0:0]\n-A INPUT -j __proto__\n-A __proto__ -j constructor\nCOMMIT\n';
    expect(roundTrip(text)).toContain('-A __proto__ -j constructor\n');
  });

  it('prefers a chain to a target of the same name', () => {
    const set = parseRules('*filter\n:LOG - [0:0]\n-A INPUT -j LOG\nCOMMIT\n', { targets: [fakeTarget('LOG')] });
    expect(set.table('filter')!.base(1).rules[0]!.target.kind).toBe('jump');
  });

  it('means the module by a name that only becomes a chain further down', () => {
    const rules = ['1', '2', '3'].map((n) => `-A INPUT -s 10.0.0.${n}/32 -j LOG --log-prefix x\n`).join('');
    const printed = printRules(parseRules(`*filter\n${rules}:LOG - [0:0]\n-A INPUT -s 10.0.0.4/32 -j LOG\nCOMMIT\n`));
    expect(printed).toContain(`${rules}-A INPUT -s 10.0.0.4/32 -j LOG\n`);
  });
});
