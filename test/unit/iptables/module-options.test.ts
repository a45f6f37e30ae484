import { describe, expect, it } from 'vitest';
import type { Options } from '../../../src/xtables/options.ts';
import { fakeMatch, refusal, saved } from './fakes.ts';

/** The refusal, or the rules, of a match that reads its options as told. */
function reading(read: (options: Options) => readonly string[], line: string): string {
  const match = fakeMatch('m', {
    options: [
      { name: 'a', invert: true, aliases: ['ay'] },
      { name: 'b', multiple: true },
      { name: 'two', args: 2 },
    ],
    parse: read,
  });
  try {
    return saved(line, { matches: [match] }).join('\n');
  } catch {
    return refusal(line, { matches: [match] }).message;
  }
}

describe('options as a module asks for them', () => {
  it('are found by name, in order, with their words', () => {
    const seen: unknown[] = [];
    reading((options) => {
      seen.push(options.has('a'), options.has('z'), options.get('a')?.invert, options.get('a')?.value, options.get('two')?.values);
      seen.push(
        options.all('b').map(({ value }) => value),
        options.all().map(({ name }) => name),
      );
      return [];
    }, '-A a -m m --b 1 ! --ay 2 --two x y --b 3');
    expect(seen).toEqual([true, false, true, '2', ['x', 'y'], ['1', '3'], ['b', 'a', 'two', 'b']]);
  });

  it('come with the rule around them', () => {
    let seen: unknown = null;
    reading((options) => {
      seen = options.context;
      return [];
    }, '-A a -m m ! -p tcp');
    expect(seen).toEqual({ family: 4, table: 'filter', chain: 'a', protocol: 6, protocolInverted: true });
  });

  it('are refused at their place', () => {
    expect(reading((options) => options.get('a')!.fail('too odd'), '-A a -m m --a 5')).toBe('rules:4:11: too odd');
    expect(reading((options) => options.fail('incomplete'), '-A a -m m')).toBe('rules:4:9: incomplete');
    expect(reading((options) => options.unsupported('cannot'), '-A a -m m')).toBe('rules:4:9: cannot');
  });

  it('are exactly one where one is asked for', () => {
    const one = (line: string, ...names: string[]): string => reading((options) => [options.exactlyOne(...names).name], line);
    expect(one('-A a -m m --a 5', 'a', 'two')).toBe('[0:0] -A a -m m a');
    expect(one('-A a -m m', 'a')).toBe('rules:4:9: m: option "--a" must be specified');
    expect(one('-A a -m m', 'a', 'two')).toBe('rules:4:9: m: one of "--a", "--two" must be specified');
    expect(one('-A a -m m --a 5 --two x y', 'a', 'two')).toBe('rules:4:17: m: only one of "--a", "--two" can be used');
  });
});
