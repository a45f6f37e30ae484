/**
 * What became of the packet the engine took last. One object, reused: valid until the next packet; snapshot() keeps it.
 * @module
 */

/** Where a packet ended, beside the five hooks. */
export const Stage = {
  Prerouting: 0,
  Input: 1,
  Forward: 2,
  Output: 3,
  Postrouting: 4,
  BeforeNetfilter: 5,
  Route: 6,
  ForwardFinish: 7,
  OutputFinish: 8,
  Transmit: 9,
  Send: 10,
} as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

const STAGE_NAMES = [
  'PREROUTING',
  'INPUT',
  'FORWARD',
  'OUTPUT',
  'POSTROUTING',
  'pre-netfilter',
  'route',
  'forward-finish',
  'output-finish',
  'transmit',
  'send',
] as const;

/** A stage in the words of the recorded truth. */
export function stageName(stage: number): string {
  return STAGE_NAMES[stage] ?? '?';
}

/** The fate of a packet, as the recorded truth names it; `queued`: a hook function asked its user. */
export type Fate = 'forwarded' | 'local' | 'sent' | 'dropped' | 'consumed' | 'queued' | 'stolen';

export interface OutcomeSnapshot {
  readonly index: number;
  readonly verdict: Fate;
  readonly dropStage: number;
  readonly dropReason: number;
  readonly rule: number;
  readonly ctState: number;
  readonly looped: boolean;
}

export class Outcome implements OutcomeSnapshot {
  index = 0;
  forwarded = false;
  delivered = false;
  sent = false;
  consumed = false;
  queued = false;
  stolen = false;
  /** Stage and reason of the drop, meaningful while `verdict` is 'dropped'. */
  dropStage = -1;
  dropReason = 0;
  /** Whether it was dropped after it came back over lo. */
  looped = false;
  /** Rule that decided (a rule set's number), or -1. */
  rule = -1;
  /** State bit of the packet after conntrack's lookup (StateBit), 0 while conntrack did not run. */
  ctState = 0;
  /** Direction of the packet in its connection. */
  ctDirection = 0;
  /** Entry it belonged to when conntrack had looked, or a CT_ constant. */
  ct = -1;
  /** Mark at the last hook it saw. */
  mark = 0;

  begin(index: number): void {
    this.index = index;
    this.forwarded = false;
    this.delivered = false;
    this.sent = false;
    this.consumed = false;
    this.queued = false;
    this.stolen = false;
    this.dropStage = -1;
    this.dropReason = 0;
    this.looped = false;
    this.rule = -1;
    this.ctState = 0;
    this.ctDirection = 0;
    this.ct = -1;
    this.mark = 0;
  }

  get verdict(): Fate {
    if (this.forwarded) return 'forwarded';
    if (this.delivered) return 'local';
    if (this.sent) return 'sent';
    if (this.queued) return 'queued';
    if (this.consumed) return 'consumed';
    if (this.stolen) return 'stolen';
    return 'dropped';
  }

  /** A copy that stays. */
  snapshot(): OutcomeSnapshot {
    return {
      index: this.index,
      verdict: this.verdict,
      dropStage: this.dropStage,
      dropReason: this.dropReason,
      rule: this.rule,
      ctState: this.ctState,
      looped: this.looped,
    };
  }
}
