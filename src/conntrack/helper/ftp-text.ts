/**
 * The announcements of FTP's control connection. RFC 959 §4.1.2, RFC 2428, read octet by octet: linear, and never beyond the
 * payload.
 *
 *   client:  PORT h1,h2,h3,h4,p1,p2<CR>          EPRT |1|132.235.1.2|6275|<CR>
 *   server:  227 ... h1,h2,h3,h4,p1,p2           229 ... (|||6446|)
 *
 * Numbers are taken as they come, too large ones wrap: what the kernel does, a NAT must do.
 * @module
 */
import { parseIpv6 } from '../../inet/ipv6.ts';

/** Forms of announcement, numbered as the kernel's enum nf_ct_ftp_type. */
export const FtpForm = { Port: 0, Pasv: 1, Eprt: 2, Epsv: 3 } as const;
export type FtpForm = (typeof FtpForm)[keyof typeof FtpForm];

/** What a payload turned out to be. */
export const Found = { Nothing: 0, Whole: 1, Partial: 2 } as const;
export type Found = (typeof Found)[keyof typeof Found];

const SPACE = 0x20;
const COMMA = 0x2c;
const DOT = 0x2e;
const CR = 0x0d;
const PAREN = 0x28;
const ZERO = 0x30;
const NINE = 0x39;
const ANY = -1;
const MAX_IPV6_TEXT = 64;

interface Pattern {
  readonly form: FtpForm;
  readonly text: string;
}

const CLIENT: readonly Pattern[] = [
  { form: FtpForm.Port, text: 'PORT' },
  { form: FtpForm.Eprt, text: 'EPRT' },
];
const SERVER: readonly Pattern[] = [
  { form: FtpForm.Pasv, text: '227 ' },
  { form: FtpForm.Epsv, text: '229 ' },
];

/** Reads one payload; the fields tell what was found. Reused. */
export class FtpReader {
  form: FtpForm = FtpForm.Port;
  /** Place of the numbers in the payload. */
  offset = 0;
  length = 0;
  /** Address announced, one word or four; the caller presets the sender's own. */
  readonly address: Int32Array = new Int32Array(4);
  port = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private from = 0;
  private size = 0;
  private readonly numbers: Int32Array = new Int32Array(6);

  /** Look for an announcement that begins at the payload's first octet. */
  read(view: DataView, from: number, size: number, direction: number, family: number): Found {
    this.view = view;
    this.from = from;
    this.size = size;
    for (const pattern of direction === 0 ? CLIENT : SERVER) {
      const found = this.match(pattern, family);
      if (found !== Found.Nothing) return found;
    }
    return Found.Nothing;
  }

  private at(index: number): number {
    return this.view.getUint8(this.from + index);
  }

  private match({ form, text }: Pattern, family: number): Found {
    const short = this.size <= text.length;
    for (let i = 0; i < Math.min(text.length, this.size); i++) if (upper(this.at(i)) !== text.charCodeAt(i)) return Found.Nothing;
    if (short) return this.size === 0 ? Found.Nothing : Found.Partial;
    const start = this.skip(form, text.length);
    if (start < 0) return Found.Partial;
    this.form = form;
    this.offset = start;
    this.length = this.readNumbers(form, start, family);
    return this.length === 0 ? Found.Partial : Found.Whole;
  }

  /** Where the numbers may begin, behind the pattern. */
  private skip(form: FtpForm, from: number): number {
    if (form === FtpForm.Pasv) return from;
    const wanted = form === FtpForm.Epsv ? PAREN : SPACE;
    for (let i = from; this.at(i) !== wanted; i++) if (i === this.size - 1) return -1;
    let i = from;
    while (this.at(i) !== wanted) i++;
    return i + 1;
  }

  /** Octets the numbers take, 0 when they are not all there. */
  private readNumbers(form: FtpForm, start: number, family: number): number {
    if (form === FtpForm.Port) return this.readSix(start, CR);
    if (form === FtpForm.Eprt) return this.readEprt(start, family);
    if (form === FtpForm.Epsv) return this.readEpsv(start);
    let digit = start;
    while (digit < this.size && !isDigit(this.at(digit))) digit++;
    this.offset = digit;
    return digit === this.size ? 0 : this.readSix(digit, ANY);
  }

  /** h1,h2,h3,h4,p1,p2 and a terminator (or any other octet). */
  private readSix(start: number, terminator: number): number {
    const length = this.readList(start, 6, COMMA, terminator);
    if (length === 0) return 0;
    const n = this.numbers;
    this.address[0] = (n[0]! << 24) | (n[1]! << 16) | (n[2]! << 8) | n[3]!;
    this.port = ((n[4]! << 8) | n[5]!) & 0xffff;
    return length;
  }

  /** `count` numbers between separators; the octets they take, 0 when something else comes first. */
  private readList(start: number, count: number, separator: number, terminator: number): number {
    const n = this.numbers;
    n.fill(0);
    let which = 0;
    for (let i = start; i < this.size && which < count; i++) {
      const octet = this.at(i);
      if (isDigit(octet)) n[which] = Math.imul(n[which]!, 10) + octet - ZERO;
      else if (octet === separator) which++;
      else return (octet === terminator || terminator === ANY) && which === count - 1 ? i - start : 0;
    }
    return 0;
  }

  private readPort(start: number, delimiter: number): number {
    let port = 0;
    for (let i = start; i < this.size; i++) {
      const octet = this.at(i);
      if (octet === delimiter) {
        this.port = port;
        return port === 0 ? 0 : i + 1;
      }
      if (!isDigit(octet)) return 0;
      port = (port * 10 + octet - ZERO) & 0xffff;
    }
    return 0;
  }

  /** |1|a.b.c.d|port| or |2|ipv6|port|, any delimiter. */
  private readEprt(start: number, family: number): number {
    if (this.size - start <= 3) return 0;
    const delimiter = this.at(start);
    if (!isDelimiter(delimiter) || this.at(start + 2) !== delimiter) return 0;
    if (this.at(start + 1) !== (family === 6 ? ZERO + 2 : ZERO + 1)) return 0;
    const length = family === 6 ? this.readIpv6(start + 3, delimiter) : this.readIpv4(start + 3, delimiter);
    if (length === 0) return 0;
    const end = this.readPort(start + 3 + length + 1, delimiter);
    return end === 0 ? 0 : end - start;
  }

  private readIpv4(start: number, delimiter: number): number {
    const length = this.readList(start, 4, DOT, delimiter);
    const n = this.numbers;
    if (length > 0) this.address[0] = (n[0]! << 24) | (n[1]! << 16) | (n[2]! << 8) | n[3]!;
    return length;
  }

  private readIpv6(start: number, delimiter: number): number {
    let text = '';
    let i = start;
    for (; i < this.size && this.at(i) !== delimiter && text.length < MAX_IPV6_TEXT; i++) text += String.fromCharCode(this.at(i));
    const words = i < this.size && this.at(i) === delimiter ? parseIpv6(text) : null;
    if (words === null) return 0;
    this.address.set(words);
    return i - start;
  }

  /** |||port| */
  private readEpsv(start: number): number {
    if (this.size - start <= 3) return 0;
    const delimiter = this.at(start);
    if (!isDelimiter(delimiter) || this.at(start + 1) !== delimiter || this.at(start + 2) !== delimiter) return 0;
    const end = this.readPort(start + 3, delimiter);
    return end === 0 ? 0 : end - start;
  }
}

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= NINE;
}

function isDelimiter(octet: number): boolean {
  return !isDigit(octet) && octet >= 33 && octet <= 126;
}

function upper(octet: number): number {
  return octet >= 0x61 && octet <= 0x7a ? octet - 0x20 : octet;
}
