/** A planted fault for `npm run fuzz`: throws at one octet. */
import { oneOctet } from './one-octet.mjs';

export const target = oneOctet((octet) => {
  if (octet === 77) throw new Error('planted');
});
