/**
 * Templates: the forms of lines that were read word by word and accepted, each with the rule that came of it. A line of the same
 * form is a rule like it, and is accepted for the same reasons: what LineReader asks of it depends on its form alone. That is
 * so where every value goes to a module that takes all values of the kind, which learn() makes sure of.
 * @module
 */
import { comment } from '../xtables/match/comment.ts';
import { multiport } from '../xtables/match/multiport.ts';
import type { MatchModule } from '../xtables/match.ts';
import { tcp } from '../xtables/match/tcp.ts';
import { udp } from '../xtables/match/udp.ts';
import type { Rule } from '../xtables/rule.ts';
import type { Table } from '../xtables/table.ts';
import { dnat, snat } from '../xtables/target/snat.ts';
import { FormSteps } from './form-steps.ts';
import type { LineScanner } from './line-scanner.ts';
import { Value } from './line-values.ts';

/** Forms that are kept: a rule set with more has few lines of each. */
const MAX_TEMPLATES = 4096;
/** Templates looked at for a hash. */
const MAX_ALIKE = 8;
const SMALLEST = 64;
/** Templates tried for the line behind one. */
const MAX_NEXT = 4;

const WITH_PORTS: ReadonlySet<MatchModule> = new Set<MatchModule>([tcp, udp]);
const COMMENT: MatchModule = comment;
const MULTIPORT: MatchModule = multiport;

export interface Template {
  readonly number: number;
  readonly table: Table;
  readonly form: Uint8Array;
  readonly steps: FormSteps;
  readonly hash: number;
  /** The rule of the line it was learnt from. */
  readonly rule: Rule;
  /** Those of the lines that came behind lines of this one, the last first. */
  readonly next: Template[];
}

export class Templates {
  readonly list: Template[] = [];
  private slots: (Template | null)[] = Array.from({ length: SMALLEST }, () => null);

  /** The template of a line that has begun, or null; its values are read then. `before`: that of the line before it. */
  read(line: LineScanner, table: Table, before: Template | null): Template | null {
    if (before === null) return line.scan() ? this.find(line, table) : null;
    const { next } = before;
    for (let i = 0; i < next.length; i++) {
      const template = next[i]!;
      if (template.table !== table || !line.follow(template.steps)) continue;
      bringForward(next, i);
      return template;
    }
    const template = line.scan() ? this.find(line, table) : null;
    if (template === null) return null;
    if (next.length < MAX_NEXT) next.push(template);
    else next[MAX_NEXT - 1] = template;
    bringForward(next, next.length - 1);
    return template;
  }

  /** The template of the line just scanned, or null. */
  private find({ form, formLength, hash }: LineScanner, table: Table): Template | null {
    const mask = this.slots.length - 1;
    for (let probes = 0, slot = mix(hash) & mask; probes < MAX_ALIKE; probes++, slot = (slot + 1) & mask) {
      const template = this.slots[slot]!;
      if (template === null) return null;
      if (template.hash === hash && template.table === table && isForm(template.form, form, formLength)) return template;
    }
    return null;
  }

  /** Keep the form of the line just scanned, of which this rule came, if lines of its form may be taken for like it. Null: it is not kept. */
  learn(scanned: LineScanner, table: Table, rule: Rule): Template | null {
    if (this.list.length === MAX_TEMPLATES || !takesAll(scanned, rule)) return null;
    const form = scanned.form.slice(0, scanned.formLength);
    const template = { number: this.list.length, table, form, steps: new FormSteps(form), hash: scanned.hash, rule, next: [] };
    this.list.push(template);
    this.enter(template);
    return template;
  }

  private enter(template: Template): void {
    if (2 * this.list.length <= this.slots.length) return this.place(template);
    this.slots = Array.from({ length: 2 * this.slots.length }, () => null);
    for (const each of this.list) this.place(each);
  }

  private place(template: Template): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = mix(template.hash) & mask;
    for (let probes = 0; probes < MAX_ALIKE; probes++, slot = (slot + 1) & mask) {
      if (slots[slot] !== null) continue;
      slots[slot] = template;
      return;
    }
  }
}

/** Whether every value went where each value of its kind is taken, and changes nothing but itself. */
function takesAll({ values, target: chain }: LineScanner, { matches, target }: Rule): boolean {
  const jumps = target.kind === 'jump' || target.kind === 'goto';
  if (jumps !== (chain !== null)) return false;
  if ((values & Value.Comment) !== 0 && !matches.every(({ module, name }) => module === COMMENT || name !== COMMENT.name)) return false;
  if ((values & (Value.SrcPort | Value.DstPort)) !== 0 && !hasOnePortMatch(matches)) return false;
  if ((values & Value.NatSource) !== 0 && (target.kind !== 'module' || (target.module as unknown) !== snat)) return false;
  return (values & Value.NatDestination) === 0 || (target.kind === 'module' && (target.module as unknown) === dnat);
}

/** tcp or udp once, and nothing else whose options could have been meant. */
function hasOnePortMatch(matches: Rule['matches']): boolean {
  let found = 0;
  for (const { module } of matches) {
    if (WITH_PORTS.has(module)) found++;
    else if (module === MULTIPORT || hasPortOption(module)) return false;
  }
  return found === 1;
}

function hasPortOption({ options }: MatchModule): boolean {
  return options.some(({ name, aliases }) => [name, ...(aliases ?? [])].some((each) => /^[sd]port$/.test(each)));
}

function bringForward(list: Template[], from: number): void {
  const template = list[from]!;
  for (let i = from; i > 0; i--) list[i] = list[i - 1]!;
  list[0] = template;
}

function isForm(template: Uint8Array, form: Uint8Array, length: number): boolean {
  if (template.length !== length) return false;
  for (let i = 0; i < length; i++) if (template[i] !== form[i]) return false;
  return true;
}

function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}
