/**
 * A notation for ASN.1 types, as far as the messages of H.323 need it (X.680), with what the helper wants to know of them marked:
 * `keep` a component whose value is of interest, `STOP` where reading ends since nothing behind is.
 *
 *   sequence([must('seq', INT16), may('name', WIDE(7)), keep(must('address', TRANSPORT_ADDRESS)), STOP], { optionals: 4, more: [] })
 *
 * Components the message's later versions added (`more`) are told from each other by their place alone; most need no type.
 * @module
 */

export type Type =
  | { readonly kind: 'null' | 'boolean' | 'oid' | 'int8' | 'int16' | 'int32' | 'integer' }
  /** An INTEGER of a range that needs that many bits. */
  | { readonly kind: 'small'; readonly bits: number }
  /** A string whose length has a range: bits of the length (or OCTET_LENGTH), least length. */
  | { readonly kind: 'digits' | 'octets' | 'wide'; readonly bits: number; readonly least: number }
  | { readonly kind: 'fixed octets' | 'fixed bits'; readonly length: number }
  /** A length of one or two octets in front (`open`), or always of two. */
  | { readonly kind: 'open octets' | 'open bits' | 'word bits' }
  | Sequence
  | List
  | Choice;

export interface Sequence {
  readonly kind: 'sequence';
  readonly isExtensible: boolean;
  /** Optional components of the first version: bits of the map in front. */
  readonly optionals: number;
  readonly root: readonly Component[];
  readonly more: readonly Component[];
}

export interface List {
  readonly kind: 'list';
  readonly item: Component;
  /** Items kept at most. */
  readonly limit: number;
}

export interface Choice {
  readonly kind: 'choice';
  readonly isExtensible: boolean;
  /** Bits of the number of an alternative of the first version. */
  readonly bits: number;
  readonly root: readonly Component[];
  readonly more: readonly Component[];
}

export interface Component {
  readonly name: string;
  readonly type: Type;
  readonly isOptional: boolean;
  readonly isKept: boolean;
  /** Wrapped in a length of its own. */
  readonly isOpen: boolean;
  /** Reading ends in front of it. */
  readonly isEnd: boolean;
}

export const NULL: Type = { kind: 'null' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const OID: Type = { kind: 'oid' };
/** INTEGER of a range of 256, up to 65,536 and above. */
export const INT8: Type = { kind: 'int8' };
export const INT16: Type = { kind: 'int16' };
export const INT32: Type = { kind: 'int32' };
/** INTEGER without limits. */
export const INTEGER: Type = { kind: 'integer' };
export const OCTETS: Type = { kind: 'open octets' };
export const BITS: Type = { kind: 'open bits' };
export const WORD_BITS: Type = { kind: 'word bits' };

/** A length in an octet of its own. */
export const OCTET_LENGTH = 0;

export function small(bits: number): Type {
  return { kind: 'small', bits };
}

export function octets(length: number): Type {
  return { kind: 'fixed octets', length };
}

export function bits(length: number): Type {
  return { kind: 'fixed bits', length };
}

/** OCTET STRING whose length, from `least` up, takes `lengthBits` bits. */
export function octetsOf(lengthBits: number, least: number): Type {
  return { kind: 'octets', bits: lengthBits, least };
}

/** A string of decimal digits, two an octet. */
export function digitsOf(lengthBits: number): Type {
  return { kind: 'digits', bits: lengthBits, least: 1 };
}

/** BMPString. */
export function wideOf(lengthBits: number): Type {
  return { kind: 'wide', bits: lengthBits, least: 1 };
}

export function must(name: string, type: Type): Component {
  return { name, type, isOptional: false, isKept: false, isOpen: false, isEnd: false };
}

export function may(name: string, type: Type): Component {
  return { ...must(name, type), isOptional: true };
}

export function keep(component: Component): Component {
  return { ...component, isKept: true };
}

export function open(component: Component): Component {
  return { ...component, isOpen: true };
}

export const STOP: Component = { ...must('', NULL), isEnd: true };

/** Components or alternatives that nobody reads. */
export function skip(names: string): readonly Component[] {
  return names.split(' ').map((name) => must(name, NULL));
}

/** Alternatives at which reading ends. */
export function stop(names: string): readonly Component[] {
  return names.split(' ').map((name) => ({ ...STOP, name }));
}

interface SequenceOptions {
  /** Optional components, if not all are listed. */
  readonly optionals?: number;
  readonly more?: readonly Component[];
}

/** A SEQUENCE with an extension marker. */
export function sequence(root: readonly Component[], { optionals, more = [] }: SequenceOptions = {}): Sequence {
  return {
    kind: 'sequence',
    isExtensible: true,
    optionals: optionals ?? root.filter(({ isOptional }) => isOptional).length,
    root,
    more,
  };
}

/** A SEQUENCE that never grows. */
export function closed(root: readonly Component[]): Sequence {
  return { ...sequence(root), isExtensible: false };
}

export function list(type: Type): List {
  return { kind: 'list', item: must('item', type), limit: 0 };
}

/** A list whose first items are of interest. */
export function keptList(item: Component, limit: number): List {
  return { kind: 'list', item: keep(item), limit };
}

/** A CHOICE with an extension marker. */
export function choice(root: readonly Component[], more: readonly Component[] = []): Choice {
  return { kind: 'choice', isExtensible: true, bits: Math.ceil(Math.log2(root.length)), root, more };
}

/** A CHOICE that never grows. */
export function closedChoice(root: readonly Component[]): Choice {
  return { ...choice(root), isExtensible: false };
}

/** Components of this type, one a name. */
export function all(type: Type, names: string): readonly Component[] {
  return names.split(' ').map((name) => must(name, type));
}
