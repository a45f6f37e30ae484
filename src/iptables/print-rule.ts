/**
 * One rule in iptables-save's words.
 * @module
 */
import { formatPrefix } from '../inet/prefix.ts';
import { protocolName } from '../inet/protocol.ts';
import { type Header, type Rule, type RuleTarget, ruleContext } from '../xtables/rule.ts';
import type { RuleContext } from '../xtables/options.ts';

export interface RulePosition {
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
}

/** `-A CHAIN` and all that follows, counters not. */
export function printRule(rule: Rule, position: RulePosition): string {
  const { family, table, chain } = position;
  const context = ruleContext(family, table, chain, rule.header);
  let text = `-A ${chain}${printHeader(rule.header)}`;
  for (const { module, info, name } of rule.matches) text += ` -m ${name}${behind(module.print(info, context))}`;
  return text + printTarget(rule.target, context);
}

function behind(options: string): string {
  return options === '' ? '' : ` ${options}`;
}

function printHeader(header: Header): string {
  let text = '';
  if (header.src !== null) text += `${not(header.srcInvert)} -s ${formatPrefix(header.src)}`;
  if (header.dst !== null) text += `${not(header.dstInvert)} -d ${formatPrefix(header.dst)}`;
  text += printDevice('-i', header.indev, header.indevInvert) + printDevice('-o', header.outdev, header.outdevInvert);
  if (header.protocol !== 0) text += `${not(header.protocolInvert)} -p ${protocolName(header.protocol) ?? header.protocol}`;
  if (header.fragment) text += `${not(header.fragmentInvert)} -f`;
  return text;
}

/** iptables-save leaves out `+` alone, and its `!` with it. */
function printDevice(option: string, name: string, invert: boolean): string {
  return name === '' || name === '+' ? '' : `${not(invert)} ${option} ${name}`;
}

function not(invert: boolean): string {
  return invert ? ' !' : '';
}

function printTarget(target: RuleTarget, context: RuleContext): string {
  switch (target.kind) {
    case 'none':
      return '';
    case 'verdict':
      return ` -j ${target.name}`;
    case 'jump':
      return ` -j ${target.chain.name}`;
    case 'goto':
      return ` -g ${target.chain.name}`;
    default:
      return ` -j ${target.name}${behind(target.module.print(target.info, context))}`;
  }
}
