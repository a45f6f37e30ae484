/** Damage: to octets in place, and to texts by lines and words of a corpus. */

/** Values that sit at an edge of some length, type or count. */
const EDGES = [0, 1, 2, 4, 5, 6, 8, 15, 16, 17, 20, 40, 44, 58, 60, 63, 64, 127, 128, 129, 254, 255];

/**
 * Write a damaged copy of `from` into `into` so that it ends where the buffer ends: what is read beyond it is read beyond the
 * buffer, and throws. Returns its length. `other` lends octets.
 */
export function damageOctets(random, from, other, into) {
  let length = Math.min(from.length, into.length);
  const what = random.below(8);
  if (what === 0) length = random.below(length + 1);
  else if (what === 1) length = Math.min(into.length, length + random.below(16));
  const start = into.length - length;
  const copied = Math.min(length, from.length);
  into.set(from.subarray(0, copied), start);
  for (let i = copied; i < length; i++) into[start + i] = random.next();
  if (length === 0) return 0;
  if (what === 2 && other.length > 0) {
    const at = random.below(length);
    const count = Math.min(length - at, other.length, 1 + random.below(40));
    const source = random.below(other.length - count + 1);
    into.set(other.subarray(source, source + count), start + at);
  }
  // most damage near the front, where the headers are
  for (let strikes = random.below(5); strikes > 0; strikes--) {
    const at = start + (random.below(3) === 0 ? random.below(length) : random.below(Math.min(length, 64)));
    const how = random.below(4);
    if (how === 0) into[at] ^= 1 << random.below(8);
    else if (how === 1) into[at] = random.pick(EDGES);
    else if (how === 2) into[at] = random.next();
    else into[at] = into[at] + (random.below(2) === 0 ? 1 : -1);
  }
  return length;
}

/** The same for a file that may be long: strikes anywhere, runs cut out, repeated, or put in from another. */
export function damageFile(random, from, other) {
  let octets = Uint8Array.from(from);
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    const at = random.below(octets.length + 1);
    const end = Math.min(octets.length, at + 1 + random.below(64));
    switch (random.below(6)) {
      case 0:
        octets = octets.slice(0, at);
        break;
      case 1:
        octets = concat(octets.subarray(0, at), octets.subarray(end));
        break;
      case 2:
        octets = concat(octets.subarray(0, end), octets.subarray(at));
        break;
      case 3: {
        const from2 = random.below(other.length + 1);
        octets = concat(octets.subarray(0, at), other.subarray(from2, from2 + random.below(200)), octets.subarray(at));
        break;
      }
      default:
        if (octets.length > 0) octets[random.below(octets.length)] = random.below(2) === 0 ? random.pick(EDGES) : random.next();
    }
  }
  return octets;
}

function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const ODD_WORDS = [
  '!',
  '-',
  '--',
  '""',
  '"',
  "'",
  '\\',
  '0',
  '-1',
  '4294967296',
  '18446744073709551616',
  '0x',
  '1/0',
  '::/129',
  '0.0.0.0/33',
];
const MORE_ODD = [
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\u001b[31m',
  '\ud800',
  'a'.repeat(300),
  '1:2:3',
  ',',
  '65536',
  '%n',
  '=;',
];
export const ODDITIES = [...ODD_WORDS, ...MORE_ODD];

/** A text with lines and words lost, doubled, exchanged with those of others, or made odd. `words` and `lines` are a corpus's. */
export function damageText(random, text, words, lines) {
  const rows = text.split('\n');
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    const at = random.below(rows.length);
    switch (random.below(8)) {
      case 0:
        rows.splice(at, 1);
        if (rows.length === 0) rows.push('');
        break;
      case 1:
        rows.splice(at, 0, rows[at]);
        break;
      case 2:
        rows.splice(at, 0, random.pick(lines));
        break;
      default:
        rows[at] = damageLine(random, rows[at], words);
    }
  }
  return rows.join('\n');
}

function damageLine(random, line, words) {
  const parts = line.split(' ');
  const at = random.below(parts.length);
  switch (random.below(6)) {
    case 0:
      parts.splice(at, 1);
      break;
    case 1:
      parts.splice(at, 0, random.pick(words));
      break;
    case 2:
      parts[at] = random.pick(ODDITIES);
      break;
    case 3:
      parts[at] = random.pick(words);
      break;
    case 4:
      parts.splice(at, 0, parts[random.below(parts.length)]);
      break;
    default: {
      const word = parts[at];
      const cut = random.below(word.length + 1);
      parts[at] = word.slice(0, cut) + String.fromCharCode(random.below(128)) + word.slice(cut + random.below(2));
    }
  }
  return parts.join(' ');
}
