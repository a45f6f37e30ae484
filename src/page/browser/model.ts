/**
 * What the page is given: plain data, made by page/page-data.ts, read by the scripts beside this file.
 * @module
 */

/** Numbers in base64, deflated, little-endian; `value = stored + bias`. */
export interface PackedColumn {
  readonly type: 'u8' | 'u16' | 'u32' | 'f64';
  readonly bias: number;
  readonly data: string;
}

export interface PageRule {
  readonly number: string;
  readonly text: string;
  readonly at: string;
  readonly packets: number;
  readonly octets: number;
  /** '', or why no packet can reach and match it. */
  readonly dead: string;
  readonly kind: 'rule' | 'policy' | 'return';
  /** Its place in `causes`; 0: it dropped nothing. */
  readonly cause: number;
}

export interface PageChain {
  readonly name: string;
  readonly packets: number;
  readonly rules: readonly PageRule[];
}

export interface PageTable {
  readonly family: 4 | 6;
  readonly name: string;
  readonly chains: readonly PageChain[];
}

/** Why packets were dropped. */
export interface PageCause {
  readonly label: string;
  readonly detail: string;
  readonly packets: number;
}

export interface PageWay {
  readonly index: number;
  readonly title: string;
  readonly verdict: string;
  readonly text: string;
}

export interface PageMapping {
  readonly side: string;
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly rule: string;
  readonly connections: number;
  readonly changed: number;
}

export interface PagePool {
  readonly address: string;
  readonly protocol: string;
  readonly low: number;
  readonly high: number;
  readonly connections: number;
  readonly used: number;
  readonly peak: number;
  readonly peakOfOne: number;
  readonly busiest: string;
}

export interface PageSeries {
  readonly name: string;
  readonly label: string;
  readonly values: readonly number[];
}

export interface PageTalker {
  readonly address: string;
  readonly packets: number;
  readonly octets: number;
}

/** Connections whose fate another rule set changes. */
export interface PageDifference {
  readonly title: string;
  readonly packets: number;
  readonly connections: number;
  readonly before: string;
  readonly after: string;
  /** The first packet: its number, what it is, and how it fared. */
  readonly index: number;
  readonly example: string;
  readonly fateBefore: string;
  readonly fateAfter: string;
}

export interface PageModel {
  readonly title: string;
  readonly version: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly packets: number;
  readonly octets: number;
  /** Seconds since the epoch of the first packet, and how long the capture lasts. */
  readonly begin: number;
  readonly seconds: number;
  readonly fates: readonly (readonly [fate: string, packets: number])[];
  readonly notes: readonly string[];
  /** The first is none. */
  readonly causes: readonly PageCause[];
  readonly timeline: { readonly begin: number; readonly width: number; readonly series: readonly PageSeries[] };
  readonly fill: {
    readonly levels: readonly number[];
    readonly max: number;
    readonly most: number;
    readonly at: number;
    readonly notes: readonly string[];
  } | null;
  readonly talkers: { readonly dropped: readonly PageTalker[]; readonly accepted: readonly PageTalker[] };
  readonly tables: readonly PageTable[];
  readonly rulesOmitted: number;
  readonly flows: {
    readonly count: number;
    readonly omitted: string;
    readonly addresses: readonly string[];
    readonly columns: Readonly<Record<string, PackedColumn>>;
  };
  readonly protocols: Readonly<Record<string, string>>;
  readonly nat: {
    readonly mappings: readonly PageMapping[];
    readonly pools: readonly PagePool[];
    readonly changes: readonly string[];
    readonly omitted: number;
  } | null;
  readonly ways: readonly PageWay[];
  readonly differences: readonly PageDifference[] | null;
}
