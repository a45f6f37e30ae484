/** A planted fault for `npm run fuzz`: has no end at one octet. */
import { oneOctet } from './one-octet.mjs';

export const target = oneOctet((octet) => {
  while (octet === 77);
});
