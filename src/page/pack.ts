/**
 * Numbers as base64 of the narrowest type that holds them, deflated.
 * @module
 */
import { deflateRawSync } from 'node:zlib';
import type { PackedColumn } from './browser/model.ts';

/** Whole numbers from -1 up take as many octets as the largest needs; all others are doubles. */
export function pack(values: Float64Array, isWhole = true): PackedColumn {
  let most = 0;
  let bias = 0;
  for (const value of values) {
    if (value > most) most = value;
    if (value < bias) bias = -1;
  }
  const type = !isWhole || most - bias > 0xffff_ffff ? 'f64' : most - bias > 0xffff ? 'u32' : most - bias > 0xff ? 'u16' : 'u8';
  const stored = type === 'f64' ? Float64Array.from(values) : arrayOf(type, values, bias);
  return { type, bias: type === 'f64' ? 0 : bias, data: deflateRawSync(new Uint8Array(stored.buffer)).toString('base64') };
}

function arrayOf(type: 'u8' | 'u16' | 'u32', values: Float64Array, bias: number): Uint8Array | Uint16Array | Uint32Array {
  const stored =
    type === 'u8' ? new Uint8Array(values.length) : type === 'u16' ? new Uint16Array(values.length) : new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) stored[i] = values[i]! - bias;
  return stored;
}
