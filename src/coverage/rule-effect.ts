/**
 * What a rule does to a packet that hits it, as far as the proof must know: does the walk of the chain end, and which fields may be
 * other than before.
 * @module
 */
import { socket, type SocketInfo } from '../xtables/match/socket.ts';
import { connlabel } from '../xtables/match/connlabel.ts';
import type { Rule, RuleTarget } from '../xtables/rule.ts';
import { Field, FIRST_OPAQUE } from './field.ts';

/** Fields that may have changed. */
export interface Changes {
  readonly fields: ReadonlySet<number>;
  /** Whether matches known by their text only may answer otherwise. */
  readonly opaque: boolean;
  readonly everything: boolean;
}

export const NO_CHANGES: Changes = { fields: new Set(), opaque: false, everything: false };
const ALL_CHANGES: Changes = { fields: new Set(), opaque: true, everything: true };

/** Targets that only look or tell. */
const HARMLESS: ReadonlySet<string> = new Set([
  'LOG',
  'NFLOG',
  'TRACE',
  'AUDIT',
  'LED',
  'IDLETIMER',
  'RATEEST',
  'TEE',
  'SECMARK',
  'CONNSECMARK',
]);
/** Fields a target writes; matches known by text may read anything. */
const WRITES: ReadonlyMap<string, readonly number[]> = new Map([
  ['MARK', [Field.Mark]],
  ['CONNMARK', [Field.Mark]],
  ['HMARK', [Field.Mark]],
  ['SET', [Field.Mark]],
  ['CLASSIFY', []],
  ['CHECKSUM', []],
  ['TTL', [Field.Hops]],
  ['HL', [Field.Hops]],
  ['TOS', [Field.Class]],
  ['DSCP', [Field.Class]],
  ['ECN', [Field.Class, Field.TcpFlags]],
  ['TCPMSS', [Field.Length]],
  ['TCPOPTSTRIP', []],
  ['CT', [Field.State]],
  ['NOTRACK', [Field.State]],
]);
/** Targets behind which no packet goes on in its table. */
const ENDS: ReadonlySet<string> = new Set(['REJECT', 'NFQUEUE', 'SNAT', 'DNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP']);

/** end: the walk through the table is over; leave: it goes on behind the chain; jump: through another chain and back. */
export type Effect = 'end' | 'leave' | 'jump' | 'goto' | 'on';

export function effectOf({ target }: Rule): Effect {
  switch (target.kind) {
    case 'verdict':
      return target.name === 'RETURN' ? 'leave' : 'end';
    case 'jump':
    case 'goto':
      return target.kind;
    case 'module':
      return ENDS.has(target.name) ? 'end' : 'on';
    default:
      return 'on';
  }
}

/** Whether a rule with effect 'on' does nothing but count. */
export function isSilent({ target }: Rule): boolean {
  return target.kind === 'none';
}

/** What a packet that goes on may have changed; of a jump only what the rule's own matches do. */
export function changesOf({ target, matches }: Rule): Changes {
  for (const { module, info } of matches) {
    if ((module as unknown) === connlabel) return ALL_CHANGES;
    if ((module as unknown) === socket && (info as SocketInfo).restoreMark) return ALL_CHANGES;
  }
  return targetChanges(target);
}

function targetChanges(target: RuleTarget): Changes {
  if (target.kind !== 'module' || HARMLESS.has(target.name) || ENDS.has(target.name)) return NO_CHANGES;
  const fields = WRITES.get(target.name);
  return fields === undefined ? ALL_CHANGES : { fields: new Set(fields), opaque: true, everything: false };
}

export function joinChanges(a: Changes, b: Changes): Changes {
  if (b === NO_CHANGES || a === b) return a;
  if (a === NO_CHANGES) return b;
  return { fields: new Set([...a.fields, ...b.fields]), opaque: a.opaque || b.opaque, everything: a.everything || b.everything };
}

export function isChanged(changes: Changes, field: number): boolean {
  return changes.everything || (field >= FIRST_OPAQUE ? changes.opaque : changes.fields.has(field));
}
