/** What is kept of a new flow's walk, and when another flow may be bound alike without one. */
import { describe, expect, it } from 'vitest';
import { Bindings, Bound } from '../../../src/nat/bindings.ts';
import { EMPTY_RANGE, Manip, type NatRange, RangeFlag } from '../../../src/nat/range.ts';

const { MapIps, ProtoSpecified, ProtoRandom, ProtoRandomFully, ProtoOffset, Netmap, Persistent } = RangeFlag;
/** The fields alone. */
const plain = (range: NatRange): NatRange => Object.fromEntries(Object.entries(range)) as unknown as NatRange;
const ONE: NatRange = { ...EMPTY_RANGE, flags: MapIps, min0: 7, max0: 7, minProto: 80, maxProto: 80 };

function begun(): Bindings {
  const bindings = new Bindings();
  bindings.begin();
  return bindings;
}

describe('Bindings', () => {
  it('note nothing until they are begun, and nothing behind the end', () => {
    const bindings = new Bindings();
    const blank = { on: false, changes: 0, source: Bound.Not, destination: Bound.Not, masquerades: false };
    expect(bindings).toMatchObject(blank);
    bindings.begin();
    expect(bindings).toMatchObject({ ...blank, on: true });
    bindings.note(Manip.Source, ONE, false, 2);
    bindings.noteNone(Manip.Destination, 3);
    bindings.masquerades = true;
    expect(bindings).toMatchObject({ on: true, changes: 5, source: Bound.ByRule, destination: Bound.ByNone, masquerades: true });
    bindings.end();
    expect(bindings.on).toBe(false);
    bindings.begin();
    expect(bindings).toMatchObject({ ...blank, on: true });
  });

  it('keep each side apart, with the range it was bound by', () => {
    const other = { ...ONE, min0: 9, max0: 9 };
    const bindings = begun();
    bindings.note(Manip.Source, ONE, true, 1);
    expect(bindings).toMatchObject({ source: Bound.ByNone, destination: Bound.Not, changes: 1 });
    bindings.note(Manip.Destination, other, false, 1);
    expect(bindings).toMatchObject({ source: Bound.ByNone, destination: Bound.ByRule, changes: 2 });
    expect(plain(bindings.sourceRange)).toEqual(ONE);
    expect(plain(bindings.destinationRange)).toEqual(other);
  });

  it('say a side that stays, of the side that was told', () => {
    const source = begun();
    source.noteNone(Manip.Source, 4);
    expect(source).toMatchObject({ source: Bound.ByNone, destination: Bound.Not, changes: 4 });
    const destination = begun();
    destination.noteNone(Manip.Destination, 0);
    expect(destination).toMatchObject({ source: Bound.Not, destination: Bound.ByNone, changes: 0 });
  });

  it('are none only while neither side was decided and nothing hangs on the device', () => {
    expect(begun().isNone).toBe(true);
    for (const manip of [Manip.Source, Manip.Destination]) {
      const bindings = begun();
      bindings.noteNone(manip, 0);
      expect(bindings.isNone).toBe(false);
    }
    const masquerading = begun();
    masquerading.masquerades = true;
    expect(masquerading.isNone).toBe(false);
  });

  it('are kept as a copy that does not move', () => {
    const other = { ...ONE, min0: 9, max0: 9 };
    const bindings = begun();
    bindings.note(Manip.Source, ONE, false, 1);
    bindings.note(Manip.Destination, other, true, 1);
    bindings.masquerades = true;
    const kept = bindings.kept();
    bindings.begin();
    bindings.note(Manip.Source, other, true, 1);
    bindings.note(Manip.Destination, ONE, false, 1);
    expect(kept).toMatchObject({ source: Bound.ByRule, destination: Bound.ByNone, masquerades: true });
    expect([plain(kept.sourceRange), plain(kept.destinationRange)]).toEqual([ONE, other]);
  });
});

describe('a fixed destination', () => {
  const fixed = (range: NatRange, byNoRule = false): boolean => {
    const bindings = begun();
    bindings.note(Manip.Destination, range, byNoRule, 1);
    return bindings.hasFixedDestination;
  };

  it('is one that no rule changed', () => {
    expect(begun().hasFixedDestination).toBe(true);
    expect(fixed(EMPTY_RANGE, true)).toBe(true);
    const source = begun();
    source.note(Manip.Source, { ...ONE, max0: 8 }, false, 1);
    expect(source.hasFixedDestination).toBe(true);
  });

  // biome-ignore format: a table
  it.each([
    ['one address', ONE, true],
    ['one address, whatever ports stand there unsaid', { ...ONE, maxProto: 90 }, true],
    ['one address, the same for each client', { ...ONE, flags: MapIps | Persistent }, true],
    ['one address and port', { ...ONE, flags: MapIps | ProtoSpecified }, true],
    ['ports to choose from', { ...ONE, flags: MapIps | ProtoSpecified, maxProto: 81 }, false],
    ['no address', { ...ONE, flags: ProtoSpecified }, false],
    ['addresses to choose from', { ...ONE, max0: 8 }, false],
    ['a random port', { ...ONE, flags: MapIps | ProtoSpecified | ProtoRandom }, false],
    ['a fully random port', { ...ONE, flags: MapIps | ProtoSpecified | ProtoRandomFully }, false],
    ['a port by its distance', { ...ONE, flags: MapIps | ProtoSpecified | ProtoOffset }, false],
    ['a network mapped to another', { ...ONE, flags: MapIps | Netmap }, false],
  ] as const)('%s', (_, range, isFixed) => {
    expect(fixed(range)).toBe(isFixed);
  });
});
