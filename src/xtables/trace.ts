/**
 * TRACE lines: what a packet that the TRACE target has seen leaves at every rule it hits from then on.
 *
 *   TRACE: table:chain:rule:number   ...:return:number   ...:policy:number
 *
 * As the kernel names them: a rule that asks nothing and gives a verdict looks to it like the end of its chain, so an
 * unconditional `-j DROP` in a user chain is told as `return`, in a built-in chain as `policy`.
 * @module
 */
import type { ReadonlyPacket } from '../packet/packet.ts';
import { LogFlag, logLine } from './log-line.ts';
import { isUnconditionalVerdict } from './rule.ts';
import type { RuleSet } from './ruleset.ts';
import type { Services } from './services.ts';
import type { TraceSink } from './tally.ts';

/** A trace line tells all a LOG rule can ask for. */
const EVERYTHING = LogFlag.TcpSequence | LogFlag.TcpOptions | LogFlag.IpOptions | LogFlag.Uid;

/** Writes trace lines to the log; null when nobody reads it. */
export function ruleTracer(rules: RuleSet, services: Services): TraceSink | null {
  const { log, host } = services;
  if (log === null) return null;
  return (id: number, packet: ReadonlyPacket): void => {
    log(`<4>${tracePrefix(rules, id)}${logLine(packet, host, EVERYTHING)}`, packet);
  };
}

/** The beginning of a trace line, without the packet. */
function tracePrefix(rules: RuleSet, id: number): string {
  const place = rules.describe(id);
  if (place === null) return '';
  const { table, chain, number } = place;
  const source = rules.table(table)!.chain(chain)!;
  const rule = number > source.length ? undefined : source.rule(number - 1);
  const isEnd = rule === undefined || isUnconditionalVerdict(rule);
  const kind = !isEnd ? 'rule' : source.builtin ? 'policy' : 'return';
  return `TRACE: ${table}:${chain}:${kind}:${number} `;
}
