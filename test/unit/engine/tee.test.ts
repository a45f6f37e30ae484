/**
 * Copies by TEE against a recording of the live kernel. A copy may be octet for octet what was copied, so the recorder cannot tell
 * which is which: frames are compared as a set a packet, with the interface they left by.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { blankFlowLabel, blankIdentification } from '../../../src/scenario/blank.ts';
import { compareTruths } from '../../../src/scenario/compare.ts';
import { loadScenario } from '../../../src/scenario/load.ts';
import { runScenario } from '../../../src/scenario/run.ts';
import type { Truth, TruthPacket } from '../../../src/scenario/truth.ts';

const RECORDED = fileURLToPath(new URL('./recorded', import.meta.url));

function frames({ outputs }: TruthPacket, random: boolean): string[] {
  return outputs.map(({ iface, hex }) => `${iface} ${blankFlowLabel(random ? blankIdentification(hex) : hex)}`).sort();
}

describe.each([
  ['tee', 50],
  // a gateway behind a smaller MTU: a copy too long is not cut, its sender is told
  ['tee-mtu-v4-prerouting', 5],
  ['tee-mtu-v6-forward', 5],
])('TEE, %s', (name, least) => {
  const truth = JSON.parse(gunzipSync(readFileSync(`${RECORDED}/${name}/truth.json.gz`)).toString()) as Truth;
  const outcome = runScenario(loadScenario(`${RECORDED}/${name}`), { against: truth });

  it('sends the copies the kernel sent, and no other', () => {
    expect(truth.packets.filter(({ outputs }) => outputs.length > 1).length).toBeGreaterThan(least);
    truth.packets.forEach((packet, i) => {
      const random = packet.outputs.some(({ idrand }) => idrand === true);
      expect(frames(outcome.packets[i]!, random), `packet ${i}`).toEqual(frames(packet, random));
    });
  });

  it('moves the counters the kernel moved, copies included', () => {
    const found = compareTruths(truth, outcome).filter(({ field }) => field !== 'outputs');
    expect(found.slice(0, 3)).toEqual([]);
  });
});
