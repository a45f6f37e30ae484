/**
 * Values that a file of iproute2 may name: `cosmos`, `0x1`, `0x1/0x2a`. For realm and devgroup.
 *
 * Only the name every installation has is known, that of 0. Cold path: run while a rule is read.
 * @module
 */
import type { GivenOption } from '../options.ts';
import { formatMaskedValue, type MaskedValue, readMaskedValue } from './masked-value.ts';
import { scanNumber } from './option-value.ts';

/** `nameOfZero`, or `value[/mask]`. */
export function readNameOrMask(option: GivenOption, module: string, nameOfZero: string): MaskedValue {
  const { value, invert } = option;
  if (value === nameOfZero) return { value: 0, mask: -1, invert };
  if (scanNumber(value) === null) {
    option.fail(`${module}: could not map name ${value} to an integer value for option "--${option.name}"`);
  }
  return readMaskedValue(option, module);
}

/** The name, if there is one and no mask. */
export function formatNameOrMask(info: MaskedValue, nameOfZero: string): string {
  return info.value === 0 && info.mask === -1 ? nameOfZero : formatMaskedValue(info);
}
