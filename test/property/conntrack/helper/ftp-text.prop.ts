/** FTP's announcements, whole or cut or spoilt, against regular expressions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Found, FtpForm, FtpReader } from '../../../../src/conntrack/helper/ftp-text.ts';
import { parseIpv6 } from '../../../../src/inet/ipv6.ts';

const OWN = [1, 2, 3, 4];

interface Read {
  readonly found: Found;
  readonly form?: FtpForm;
  readonly offset?: number;
  readonly length?: number;
  readonly address?: readonly number[];
  readonly port?: number;
}

/** One for all payloads, as for all packets: nothing of an earlier one counts. */
const used = new FtpReader();

function read(text: string, direction: number, family: number): Read {
  const fresh = readBy(new FtpReader(), text, direction, family);
  expect(readBy(used, text, direction, family)).toEqual(fresh);
  return fresh;
}

function readBy(reader: FtpReader, text: string, direction: number, family: number): Read {
  const bytes = Uint8Array.from(`12,${text}`, (char) => char.charCodeAt(0));
  reader.address.set(OWN);
  const found = reader.read(new DataView(bytes.buffer), 3, text.length, direction, family);
  if (found !== Found.Whole) return { found };
  const { form, offset, length, address, port } = reader;
  return { found, form, offset, length, address: [...address], port };
}

/** Decimal digits as 32 bits hold them; none are 0. */
const wrapped = (digits: string): number => Number(BigInt.asIntN(32, BigInt(digits === '' ? 0 : digits)));
const wordOf = (octets: readonly string[]): number => octets.map(wrapped).reduce((word, octet, i) => word | (octet << (24 - 8 * i)), 0);
const portOf = (digits: string): number => Number(BigInt.asUintN(16, BigInt(digits === '' ? 0 : digits)));
const NUMBER = '([0-9]*)';
const six = (end: string): RegExp => new RegExp(`^${Array.from({ length: 6 }, () => NUMBER).join(',')}(?=${end})`);

function plainly(text: string, direction: number, family: number): Read {
  const heads = direction === 0 ? ['PORT', 'EPRT'] : ['227 ', '229 '];
  const head = heads.find((one) => text !== '' && one.startsWith(text.slice(0, 4).toUpperCase()));
  if (head === undefined) return { found: Found.Nothing };
  const partial: Read = { found: Found.Partial };
  if (text.length <= 4) return partial;
  const form = { PORT: FtpForm.Port, EPRT: FtpForm.Eprt, '227 ': FtpForm.Pasv, '229 ': FtpForm.Epsv }[head]!;
  const whole = (offset: number, length: number, address: readonly number[], port: number): Read => ({
    found: Found.Whole,
    form,
    offset,
    length,
    address,
    port,
  });
  if (form === FtpForm.Pasv) {
    const offset = text.slice(4).search(/[0-9]/) + 4;
    const match = offset < 4 ? null : six('[^0-9,]').exec(text.slice(offset));
    return match === null ? partial : sixOf(match, offset);
  }
  const opener = text.indexOf(form === FtpForm.Epsv ? '(' : ' ', 4);
  if (opener < 0) return partial;
  const offset = opener + 1;
  const rest = text.slice(offset);
  if (form === FtpForm.Port) {
    const match = six('\r').exec(rest);
    return match === null ? partial : sixOf(match, offset);
  }
  // any delimiter that is visible and no digit
  const mark = rest.charAt(0);
  if (rest.length <= 3 || !/^[!-/:-~]$/.test(mark)) return partial;
  const fields = rest.split(mark);
  const ports = (at: number): number | null =>
    /^[0-9]*$/.test(fields[at] ?? 'x') && fields.length > at + 1 && portOf(fields[at]!) !== 0 ? portOf(fields[at]!) : null;
  const length = (count: number): number => fields.slice(0, count).join(mark).length + 1;
  if (form === FtpForm.Epsv) {
    const port = ports(3);
    return fields[1] === '' && fields[2] === '' && port !== null ? whole(offset, length(4), OWN, port) : partial;
  }
  if (fields[1] !== (family === 6 ? '2' : '1')) return partial;
  const port = ports(3);
  const four = /^([0-9]*)\.([0-9]*)\.([0-9]*)\.([0-9]*)$/.exec(fields[2] ?? '');
  const words = family === 6 ? parseIpv6(fields[2] ?? '') : four === null ? null : [wordOf(four.slice(1)), ...OWN.slice(1)];
  return port === null || words === null ? partial : whole(offset, length(4), [...words], port);

  function sixOf(match: RegExpExecArray, at: number): Read {
    const [all, ...numbers] = match;
    return whole(
      at,
      all.length,
      [wordOf(numbers.slice(0, 4)), ...OWN.slice(1)],
      ((wrapped(numbers[4]!) << 8) | wrapped(numbers[5]!)) & 0xffff,
    );
  }
}

const number = fc.constantFrom('0', '1', '10', '192', '255', '256', '65535', '65536', '4294967296', '99999999999', '');
const mark = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('|', '!', '~', '/') }, fc.constantFrom(':', ' ', '\u007f', '5', 'x'));
const numbers = (count: number, separator: string): fc.Arbitrary<string> =>
  fc.array(number, { minLength: count, maxLength: count }).map((list) => list.join(separator));
const address6 = fc.constantFrom('fd00::2', '::', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.2', 'fd00::2::', '');
const upTo = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list);

const announcements: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(upTo(['PORT ', 'port ', 'Port  ', 'PORTx ']), numbers(6, ','), upTo(['\r\n', '\r', ' ', '\n'])).map((parts) => parts.join('')),
  fc.tuple(upTo(['227 Entering (', '227 ', '227  =']), numbers(6, ','), upTo([').\r\n', '\r', ' ', ''])).map((parts) => parts.join('')),
  fc
    .tuple(
      upTo(['EPRT ', 'eprt ']),
      mark,
      fc.constantFrom('1', '1', '2', '2', '3'),
      fc.oneof(numbers(4, '.'), address6),
      number,
      upTo(['\r\n', '']),
    )
    .map(([head, d, kind, address, port, end]) => `${head}${d}${kind}${d}${address}${d}${port}${d}${end}`),
  fc
    .tuple(upTo(['229 Extended (', '229 (']), mark, number, upTo([')\r\n', '']))
    .map(([head, d, port, end]) => `${head}${d}${d}${d}${port}${d}${end}`),
);
/** As it is, cut, or with one character another. */
const texts = fc
  .tuple(announcements, fc.nat(5), fc.nat(), fc.constantFrom('0', ',', '.', '|', ' ', '(', '\r', 'P', 'é'))
  .map(([text, how, place, char]) => {
    const at = place % (text.length + 1);
    if (how === 0) return text.slice(0, at);
    return how === 1 ? text.slice(0, at) + char + text.slice(at + 1) : text;
  });

describe('an announcement of FTP', () => {
  it('is read as it is written', () => {
    const told = [0, 0, 0];
    const whole = [0, 0, 0, 0];
    fc.assert(
      fc.property(texts, fc.constantFrom(4, 6), (text, family) => {
        for (const direction of [0, 1]) {
          const due = plainly(text, direction, family);
          expect(read(text, direction, family)).toEqual(due);
          told[due.found]!++;
          if (due.form !== undefined) whole[due.form]!++;
        }
      }),
      { numRuns: 2000 },
    );
    for (const count of [...told, ...whole]) expect(count).toBeGreaterThan(8);
  });

  it('is nothing, or a part, of as many octets as there are', () => {
    for (const [text, direction] of [
      ['PORT 10,0,0,2,7,208\r', 0],
      ['EPRT |1|10.0.0.2|2000|', 0],
      ['227 (10,0,0,2,7,208)', 1],
      ['229 (|||2000|)', 1],
    ] as const) {
      const founds = Array.from({ length: text.length + 1 }, (_, size) => read(text.slice(0, size), direction, 4).found);
      expect(founds[0]).toBe(Found.Nothing);
      const at = founds.indexOf(Found.Whole);
      expect(founds.slice(1, at)).toEqual(Array.from({ length: at - 1 }, () => Found.Partial));
      expect(at).toBe(text.startsWith('229') ? text.length - 1 : text.length);
    }
  });
});
