/**
 * The order in which `ipset -sorted` lists the members of hash sets: runs of hexadecimal digits as numbers, other words by
 * length and then by octets; a longer prefix before a shorter one, and a host before the networks that begin with it.
 *
 * So that our listings and a kernel's can be compared as they stand.
 * @module
 */

/** Compare two members as text. */
export function compareMembers(a: string, b: string): number {
  let i = 0;
  let k = 0;
  let direction = 1;
  while (i < a.length && k < b.length) {
    const endA = hexEnd(a, i);
    const endB = hexEnd(b, k);
    if (endA === i || endB === k) {
      const wordA = wordEnd(a, i);
      const wordB = wordEnd(b, k);
      if (wordA === i && wordB === k) return compareText(a.slice(i), b.slice(k));
      if (wordA - i !== wordB - k) return wordA - i - (wordB - k);
      const order = compareText(a.slice(i, wordA), b.slice(k, wordB));
      if (order !== 0) return order;
      i = wordA + 1;
      k = wordB + 1;
      direction = 1;
      continue;
    }
    const difference = Number.parseInt(a.slice(i, endA), 16) - Number.parseInt(b.slice(k, endB), 16);
    if (difference !== 0) return direction * difference;
    const slashA = a[endA] === '/';
    const slashB = b[endB] === '/';
    if (slashA !== slashB) return slashA ? 1 : -1;
    if (slashA) direction = -1;
    i = endA + 1;
    k = endB + 1;
    const colonA = a[i] === ':';
    const colonB = b[k] === ':';
    if (colonA !== colonB) return colonA ? -1 : 1;
    if (colonA) {
      i++;
      k++;
    }
  }
  if (i < a.length) return 1;
  return k < b.length ? -1 : 0;
}

function hexEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[0-9a-fA-F]/.test(text[at]!)) at++;
  return at;
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== ':' && text[at] !== ',') at++;
  return at;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
