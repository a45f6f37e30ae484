/** Each family has its own users of connection tracking and of defragmentation; who leaves twice takes nobody else with him. */
import { describe, expect, it } from 'vitest';
import { Conntrack } from '../../../src/conntrack/conntrack.ts';
import { Random } from '../../../src/inet/random.ts';

const FAMILIES = [4, 6];

describe.each(FAMILIES)('users of family %i', (family) => {
  const other = FAMILIES.find((one) => one !== family)!;

  it('are counted by themselves', () => {
    const conntrack = new Conntrack({ random: new Random(1) });
    conntrack.enable(other);
    conntrack.enable(family);
    conntrack.enable(family);
    conntrack.disable(family);
    expect([conntrack.isEnabled(family), conntrack.isEnabled(other)]).toEqual([true, true]);
    conntrack.disable(family);
    expect([conntrack.isEnabled(family), conntrack.isEnabled(other)]).toEqual([false, true]);
    conntrack.disable(family);
    conntrack.enable(family);
    expect([conntrack.isEnabled(family), conntrack.isEnabled(other)]).toEqual([true, true]);
  });
});
