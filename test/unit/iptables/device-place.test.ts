import { describe, expect, it } from 'vitest';
import type { RuleError } from '../../../src/errors.ts';
import { parseRules } from '../../../src/iptables/save.ts';

describe('an interface where packets have none', () => {
  it.each([
    ['-A INPUT -p udp -o x -j ACCEPT', 3, 17, "Can't use -o with INPUT"],
    ['-A OUTPUT ! -i x -j ACCEPT', 3, 13, "Can't use -i with OUTPUT"],
  ])('is refused at its place: %s', (rule, line, column, reason) => {
    const errors: RuleError[] = [];
    parseRules(`*filter\n:FORWARD ACCEPT [0:0]\n${rule}\nCOMMIT\n`, { errors, file: 'f' });
    expect(errors.map(({ message }) => message)).toEqual([`f:${line}:${column}: ${reason}`]);
  });
});
