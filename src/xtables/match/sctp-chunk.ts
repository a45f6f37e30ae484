/**
 * SCTP chunk types and flags as rules name them: `all DATA:Be,INIT`. RFC 9260 §3.2 and the IANA registry.
 *
 * A capital letter asks for a flag to be set, a small one for it not to be. Cold path: run while a rule is read.
 * @module
 */
import type { GivenOption } from '../options.ts';

/** By bit, from bit 0; '-' has no letter. */
const DATA_FLAGS = 'EBUI';
const ABORT_FLAGS = 'T';

/** Name, type and letters of the flags a rule may name. In the order of the types, which is that of printing. */
const CHUNKS: readonly (readonly [name: string, type: number, flags?: string])[] = [
  ['DATA', 0, DATA_FLAGS],
  ['INIT', 1],
  ['INIT_ACK', 2],
  ['SACK', 3],
  ['HEARTBEAT', 4],
  ['HEARTBEAT_ACK', 5],
  ['ABORT', 6, ABORT_FLAGS],
  ['SHUTDOWN', 7],
  ['SHUTDOWN_ACK', 8],
  ['ERROR', 9],
  ['COOKIE_ECHO', 10],
  ['COOKIE_ACK', 11],
  ['ECN_ECNE', 12],
  ['ECN_CWR', 13],
  ['SHUTDOWN_COMPLETE', 14, ABORT_FLAGS],
  ['I_DATA', 64, DATA_FLAGS],
  ['ASCONF_ACK', 128],
  ['RE_CONFIG', 130],
  ['PAD', 132],
  ['FORWARD_TSN', 192],
  ['ASCONF', 193],
  ['I_FORWARD_TSN', 194],
];

/** Type whose flags iptables 1.8.9 reads and then loses: they change nothing. */
const FLAGS_LOST = 64;

export type ChunkMode = 'all' | 'any' | 'only';

/** Flags a chunk must have: those in `mask` as in `flags`. */
export interface ChunkFlags {
  readonly type: number;
  readonly flags: number;
  readonly mask: number;
}

export interface ChunkTest {
  readonly mode: ChunkMode;
  /** ALL stands for every type, NONE for none. */
  readonly types: readonly number[] | 'ALL' | 'NONE';
  readonly flags: readonly ChunkFlags[];
  readonly invert: boolean;
}

/** The two words behind --chunk-types. */
export function readChunkTest(option: GivenOption): ChunkTest {
  const [modeText = '', text = ''] = option.values;
  const mode = modeText.toLowerCase();
  if (mode !== 'all' && mode !== 'any' && mode !== 'only') return option.fail('Match type has to be one of "ALL", "ANY" or "ONLY"');
  const { invert } = option;
  const upper = text.toUpperCase();
  if (upper === 'ALL') return { mode, types: 'ALL', flags: [], invert };
  const words = text.split(',').filter((word) => word !== '');
  if (upper === 'NONE' || words.length === 0) return { mode, types: 'NONE', flags: [], invert };
  const types = new Set<number>();
  const flags = new Map<number, ChunkFlags>();
  for (const word of words) readChunk(option, word, types, flags);
  return { mode, types: [...types].sort((a, b) => a - b), flags: [...flags.values()], invert };
}

function readChunk(option: GivenOption, word: string, types: Set<number>, flags: Map<number, ChunkFlags>): void {
  const colon = word.indexOf(':');
  const name = (colon < 0 ? word : word.slice(0, colon)).toUpperCase();
  const chunk = CHUNKS.find(([known]) => known === name);
  if (chunk === undefined) return option.fail(`Unknown sctp chunk \`${colon < 0 ? word : word.slice(0, colon)}'`);
  const [, type, letters = ''] = chunk;
  types.add(type);
  const wanted = colon < 0 ? '' : word.slice(colon + 1);
  if (wanted === '') return;
  const before = flags.get(type) ?? { type, flags: 0, mask: 0 };
  const asked = addLetters(before, letters, wanted) ?? option.fail(`Invalid flags for chunk type ${type}`);
  if (type !== FLAGS_LOST) flags.set(type, asked);
}

/** The flags with those the letters ask for; null when the chunk has no such flag. */
function addLetters(before: ChunkFlags, letters: string, wanted: string): ChunkFlags | null {
  let { flags, mask } = before;
  for (const letter of wanted) {
    const bit = letters.indexOf(letter.toUpperCase());
    if (bit < 0) return null;
    mask |= 1 << bit;
    if (letter === letter.toUpperCase()) flags |= 1 << bit;
  }
  return { type: before.type, flags, mask };
}

/** `all DATA:Be,INIT`. */
export function formatChunkTest(test: ChunkTest): string {
  return format(test, (type) => CHUNKS.find(([, known]) => known === type)![0]);
}

/** `all 0x0000:Be,0x0001`. */
export function listChunkTest(test: ChunkTest): string {
  return format(test, (type) => `0x${type.toString(16).toUpperCase().padStart(4, '0')}`);
}

function format({ mode, types, flags }: ChunkTest, nameOf: (type: number) => string): string {
  if (typeof types === 'string') return `${mode} ${types}`;
  return `${mode} ${types.map((type) => nameOf(type) + letters(flags.find((asked) => asked.type === type))).join(',')}`;
}

/** The highest bit first. */
function letters(asked: ChunkFlags | undefined): string {
  if (asked === undefined) return '';
  const names = CHUNKS.find(([, type]) => type === asked.type)![2] ?? '';
  let text = ':';
  for (let bit = names.length - 1; bit >= 0; bit--) {
    if (((asked.mask >>> bit) & 1) === 0) continue;
    text += ((asked.flags >>> bit) & 1) === 1 ? names[bit]! : names[bit]!.toLowerCase();
  }
  return text;
}
