/**
 * A run of rules of one chain as the source of one function, and what that calls by number:
 *
 *   T tally   M matches   G targets   D device tables   C chains   X conntrack   N notes   W walker   I isWhole   p the packet
 *
 * The function takes whole packets and answers a verdict, Continue where the chain was left by RETURN or at its end, or FELL where
 * the run ends and the chain goes on. Verdicts, counters, notes and order are those of traverse.ts.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { Action, type CompiledChain, type Step } from '../compile.ts';
import type { InterfaceTests } from '../interface-test.ts';
import type { MatchFunction } from '../match.ts';
import type { Rule } from '../rule.ts';
import type { TargetFunction } from '../target.ts';
import { FIELDS, int, type Part, RuleSource } from './rule-source.ts';

/** The run ends, the chain does not. */
export const FELL = -2;
export const PARAMETERS = ['T', 'M', 'G', 'D', 'C', 'X', 'N', 'W', 'I'] as const;

const CONTINUE = int(Verdict.Continue);
const DROP = int(Verdict.Drop);
/** Stands for the fields being read again, until it is known which are. */
const RELOAD = '@';
/** Characters that takes, about. */
const RELOAD_LENGTH = 100;

interface Planned {
  readonly step: Step;
  readonly place: number;
  readonly parts: readonly Part[];
}

export class ChainSource {
  readonly matches: MatchFunction[] = [];
  readonly targets: TargetFunction[] = [];
  readonly chains: CompiledChain[];
  /** Characters so far. */
  length = 0;
  private readonly rules: RuleSource;
  private readonly hasNotes: boolean;
  private readonly statements: string[] = [];

  /** `chain` is number 0 among the chains. */
  constructor(chain: CompiledChain, interfaces: InterfaceTests, hasNotes: boolean) {
    this.chains = [chain];
    this.rules = new RuleSource(interfaces);
    this.hasNotes = hasNotes;
  }

  get devices(): readonly Uint8Array[] {
    return this.rules.devices;
  }

  /** Add the rule at a place of the chain, behind those added before. */
  add(rule: Rule, step: Step, place: number): void {
    const parts = this.rules.partsOf(rule);
    if (parts === null) return;
    const statement = this.statement({ step, place, parts }, 0);
    this.statements.push(statement);
    this.length += statement.length + (statement.includes(RELOAD) ? RELOAD_LENGTH : 0);
  }

  /** `end`: number of the chain's end where the run ends with it; -1: that is a policy; null: the chain goes on. */
  text(end: number | null): string {
    const fields = Array.from(this.rules.fields, (field) => `${field}=${FIELDS[field]}`);
    const reload = fields.length === 0 ? '' : `${fields.join(',')};`;
    const rules = this.statements.join('\n').replaceAll(RELOAD, reload);
    const last = end === null || end < 0 ? '' : `T.hit(${int(end)},p);`;
    return `'use strict';return(p)=>{let ${['v=0', ...fields].join(',')};\n${rules}\n${last}return ${end === null ? int(FELL) : CONTINUE}}`;
  }

  /** A rule from one of its parts on. */
  private statement(rule: Planned, at: number): string {
    const part = rule.parts[at];
    if (part === undefined) return this.body(rule);
    const rest = this.statement(rule, at + 1);
    switch (part.kind) {
      case 'test':
        return `if(${part.source}){${rest}}`;
      case 'flags':
        return this.hasNotes ? `N.tcpFlags|=${int(part.mask)};${rest}` : rest;
      case 'ask': {
        const number = this.matches.push(rule.step.matches[part.place]!) - 1;
        const ask = `if(M[${int(number)}](p)){${rest}}`;
        // whichever match could not look, and whether it held: where the rule does not hold, the packet is dropped
        const isFirst = rule.parts.findIndex(({ kind }) => kind === 'ask') === at;
        return isFirst ? `${ask}if(p.hotdrop){${dropAt(rule.step)}}` : ask;
      }
    }
  }

  /** What is done once all of a rule holds. */
  private body({ step, place, parts }: Planned): string {
    const act = this.action(step, place);
    const hit = `T.hit(${int(step.id)},p);`;
    if (!parts.some(({ kind }) => kind === 'ask')) return hit + act;
    // a match held although it could not look (traverse.ts, dropAfter)
    const target = step.action === Action.Target ? `G[${int(this.targets.length - 1)}](p);` : '';
    return `${hit}if(p.hotdrop){${target}${dropAt(step)}}${act}`;
  }

  private action(step: Step, place: number): string {
    switch (step.action) {
      case Action.Count:
        return '';
      case Action.Return:
        return `return ${CONTINUE};`;
      case Action.Verdict:
        return `p.rule=${int(step.id)};return ${int(step.verdict)};`;
      case Action.Goto:
        return `return ${this.enter(step)};`;
      case Action.Jump:
        return `v=${this.enter(step)};if(v!==${CONTINUE})return v;${goOn(place)}`;
      default: {
        const number = this.targets.push(step.target!) - 1;
        return `v=G[${int(number)}](p);if(v!==${CONTINUE}){p.rule=${int(step.id)};return v}${goOn(place)}`;
      }
    }
  }

  private enter({ chain }: Step): string {
    return `W.enter(C[${int(this.chains.push(chain!) - 1)}],p)`;
  }
}

/** Behind what may have changed the packet. */
function goOn(place: number): string {
  return `if(!I(p))return W.resume(C[0],p,${int(place + 1)});${RELOAD}`;
}

function dropAt({ id }: Step): string {
  return `p.rule=${int(id)};return ${DROP}`;
}
