import { describe, expect, it } from 'vitest';
import { damageOf, PlacedFile } from '../../../src/shard/dealer.ts';
import { capture, udpLine } from '../../support/lines.ts';

describe('why a capture ends', () => {
  it('is told though it can be read where another thread could not', () => {
    const file = new PlacedFile(capture([[0, udpLine('10.0.0.1:1 > 10.0.0.2:2', 'x')]]));
    expect(damageOf(file, 24).message).toBe('capture: at octet 24: cannot read');
  });
});
