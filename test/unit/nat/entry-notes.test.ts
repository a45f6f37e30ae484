/** What NAT notes of an entry stands in one word, where nothing may run into its neighbour. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryNotes } from '../../../src/nat/entry-notes.ts';
import { Manip } from '../../../src/nat/range.ts';

interface Note {
  source: number;
  destination: number;
  outdev: number;
  masquerades: boolean;
}

const told = (notes: EntryNotes, entry: number): readonly number[] => [
  notes.reason(entry, Manip.Source),
  notes.reason(entry, Manip.Destination),
  notes.outdev(entry),
  notes.device(entry),
];

describe('EntryNotes', () => {
  it('keeps what was noted of each entry, whatever is noted beside it', () => {
    const code = fc.constantFrom(0, 1, 0x55, 0xaa, 0xff);
    const device = fc.constantFrom(0, 1, 2, 0x1555, 0x7fff);
    const step = fc.record({ entry: fc.constantFrom(0, 1, 63, 64, 65, 500), what: fc.nat(4), code, device });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const notes = new EntryNotes();
        const model = new Map<number, Note>();
        for (const { entry, what, code: reason, device: outdev } of steps) {
          const note = model.get(entry) ?? { source: 0, destination: 0, outdev: 0, masquerades: false };
          model.set(entry, note);
          if (what === 0) notes.setReason(entry, Manip.Source, (note.source = reason));
          else if (what === 1) notes.setReason(entry, Manip.Destination, (note.destination = reason));
          else if (what === 2) notes.setOutdev(entry, (note.outdev = outdev));
          else if (what === 3) {
            notes.setMasquerading(entry);
            note.masquerades = true;
          } else {
            notes.clear(entry);
            model.delete(entry);
          }
          for (const one of [0, 1, 2, 63, 64, 65, 127, 128, 499, 500, 501, 9999]) {
            const {
              source,
              destination,
              outdev: left,
              masquerades,
            } = model.get(one) ?? { source: 0, destination: 0, outdev: 0, masquerades: false };
            expect(told(notes, one)).toEqual([source, destination, left, masquerades ? left : 0]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
