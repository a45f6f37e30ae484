import { describe, expect, it } from 'vitest';
import { checkRules } from '../../../src/cli/commands/check.ts';

describe('checkRules', () => {
  it('prints what it read in the order given', () => {
    const { text, errors, family, rules } = checkRules('*raw\nCOMMIT\n*filter\n[1:2] -A INPUT -p tcp --syn -j DROP\nCOMMIT\n', 'rules');
    expect(errors).toEqual([]);
    expect([family, rules]).toEqual([4, 1]);
    expect(text.split('\n').filter((line) => /^[*-]/.test(line))).toEqual([
      '*raw',
      '*filter',
      '-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
    ]);
    expect(checkRules(text, 'rules').text).toBe(text);
  });

  it('prints counters when asked', () => {
    expect(checkRules('*filter\n[1:2] -A INPUT\nCOMMIT\n', 'rules', { counters: true }).text).toContain('[1:2] -A INPUT\n');
  });

  it('guesses the family unless it is told', () => {
    expect(checkRules('*filter\nCOMMIT\n', 'rules.v6').family).toBe(6);
    expect(checkRules('*filter\nCOMMIT\n', 'rules.v6', { family: 'ipv4' }).family).toBe(4);
  });

  it('tells all errors and prints nothing then', () => {
    const { text, errors } = checkRules('*filter\n-A INPUT -j NONE\n-A INPUT --bad\nCOMMIT\n', 'rules');
    expect(text).toBe('');
    expect(errors.map(({ at }) => at.line)).toEqual([2, 3]);
  });

  it('tells what the kernel would refuse about the whole', () => {
    const { errors } = checkRules('*filter\n:a - [0:0]\n-A INPUT -j a\n-A a -j a\n-A FORWARD -o x -j MASQUERADE\nCOMMIT\n', 'rules');
    expect(errors.map(({ reason }) => reason)).toEqual(['MASQUERADE target: only valid in nat table, not filter']);
    expect(checkRules('*filter\n:a - [0:0]\n-A INPUT -j a\n-A a -j a\nCOMMIT\n', 'rules').errors[0]?.reason).toBe(
      'loop of jumps in table filter: a -> a',
    );
  });

  it('passes on notes', () => {
    expect(checkRules('*filter\r\nCOMMIT\r\n', 'rules').notes).toHaveLength(1);
  });
});
