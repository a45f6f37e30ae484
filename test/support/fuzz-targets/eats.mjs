/** A planted fault for `npm run fuzz`: takes memory without end at one octet. */
import { oneOctet } from './one-octet.mjs';

export const target = oneOctet((octet) => {
  const eaten = [];
  while (octet === 77) eaten.push(Array.from({ length: 1000 }, Math.random));
});
