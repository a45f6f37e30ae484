/**
 * A rule set is no different from itself: over every capture there is, nothing changes.
 */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../../src/scenario/load.ts';
import { compareScenario, scenarioFolders, sideOf } from '../../support/compare.ts';

const folders = scenarioFolders();

describe('diff of a rule set against itself', () => {
  it('has captures to look at', () => {
    expect(folders.length).toBeGreaterThan(200);
  });

  it.each(folders.map((folder) => [basename(folder), folder]))('%s', (_, folder) => {
    const scenario = loadScenario(folder);
    const { packets, groups, otherRule } = compareScenario(scenario, sideOf(scenario), sideOf(scenario));
    expect([groups.all, otherRule]).toEqual([[], 0]);
    expect(packets).toBeGreaterThan(0);
  });
});
