/**
 * Targets that touch something beside the packet, which a replay has not: they are read, checked, printed, and go on.
 *
 *   CHECKSUM   completes checksums that were left to hardware; a captured packet has its own
 *   SECMARK, CONNSECMARK   security labels
 *   IDLETIMER  tells user space when an interface falls silent
 *   LED        lights a lamp
 *
 * Reference: iptables-extensions(8). Kernel counterparts: xt_CHECKSUM.c, xt_SECMARK.c, xt_CONNSECMARK.c, xt_IDLETIMER.c, xt_LED.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { TargetFunction, TargetModule } from '../target.ts';
import { parseUint, readUint, U32 } from './number.ts';
import { quoteWord } from './quote.ts';

const goOn: TargetFunction = () => Verdict.Continue;

export const checksum: TargetModule<null> = {
  name: 'CHECKSUM',
  scope: 'stateless',
  tables: ['mangle'],
  options: [{ name: 'checksum-fill', args: 0 }],
  parse(options) {
    options.exactlyOne('checksum-fill');
    return null;
  },
  print: () => '--checksum-fill',
  list: () => 'CHECKSUM fill',
  compile: () => goOn,
};

export interface SecmarkInfo {
  readonly selctx: string;
}

const SECURITY_TABLES = ['mangle', 'security'];
const MAX_CONTEXT = 255;

export const secmark: TargetModule<SecmarkInfo> = {
  name: 'SECMARK',
  scope: 'stateless',
  tables: SECURITY_TABLES,
  options: [{ name: 'selctx' }],
  parse(options) {
    const option = options.exactlyOne('selctx');
    if (option.value === '' || option.value.length > MAX_CONTEXT) option.fail('bad security context');
    return { selctx: option.value };
  },
  print: ({ selctx }) => `--selctx ${selctx}`,
  list: ({ selctx }) => `SECMARK selctx ${selctx}`,
  compile: () => goOn,
};

export interface ConnsecmarkInfo {
  readonly mode: 'save' | 'restore';
}

export const connsecmark: TargetModule<ConnsecmarkInfo> = {
  name: 'CONNSECMARK',
  scope: 'stateless',
  tables: SECURITY_TABLES,
  conntrack: true,
  options: [
    { name: 'save', args: 0 },
    { name: 'restore', args: 0 },
  ],
  parse: (options) => ({ mode: options.exactlyOne('save', 'restore').name === 'save' ? 'save' : 'restore' }),
  print: ({ mode }) => `--${mode}`,
  list: ({ mode }) => `CONNSECMARK ${mode}`,
  compile: () => goOn,
};

export interface IdletimerInfo {
  readonly timeoutSec: number;
  readonly label: string;
  readonly alarm: boolean;
}

const MAX_LABEL = 27;
/** The kernel counts it in milliseconds of 32 bits. */
const MAX_IDLE_SEC = 2147483;

export const idletimer: TargetModule<IdletimerInfo> = {
  name: 'IDLETIMER',
  scope: 'stateless',
  options: [{ name: 'timeout' }, { name: 'label' }, { name: 'alarm', args: 0 }],
  parse(options) {
    const timeoutSec = readUint(options.exactlyOne('timeout'), 1, MAX_IDLE_SEC);
    const label = options.exactlyOne('label').value.slice(0, MAX_LABEL);
    if (label === '') options.fail('the label must not be empty');
    return { timeoutSec, label, alarm: options.has('alarm') };
  },
  print: ({ timeoutSec, label, alarm }) => `--timeout ${timeoutSec} --label ${label}${alarm ? ' --alarm' : ''}`,
  list: ({ timeoutSec, label, alarm }) => `timeout:${timeoutSec} label:${label}${alarm ? ' alarm' : ''}`,
  compile: () => goOn,
};

export interface LedInfo {
  readonly trigger: string;
  /** Milliseconds; U32 stays lit. */
  readonly delayMs: number;
  readonly alwaysBlink: boolean;
}

const MAX_TRIGGER = 26;

export const led: TargetModule<LedInfo> = {
  name: 'LED',
  scope: 'stateless',
  options: [{ name: 'led-trigger-id' }, { name: 'led-delay' }, { name: 'led-always-blink', args: 0 }],
  parse(options) {
    const trigger = options.exactlyOne('led-trigger-id').value;
    if (trigger === '' || trigger.length > MAX_TRIGGER) options.fail('bad LED trigger name');
    const delay = options.get('led-delay');
    return { trigger, delayMs: readDelay(delay?.value), alwaysBlink: options.has('led-always-blink') };
  },
  print({ trigger, delayMs, alwaysBlink }) {
    const delay = delayMs === U32 ? ' --led-delay inf' : delayMs > 0 ? ` --led-delay ${delayMs}` : '';
    return `--led-trigger-id ${JSON.stringify(trigger) === `"${trigger}"` ? `"${trigger}"` : quoteWord(trigger)}${delay}${alwaysBlink ? ' --led-always-blink' : ''}`;
  },
  list({ trigger, delayMs, alwaysBlink }) {
    const delay = delayMs === U32 ? 'inf' : `${delayMs}ms`;
    return `led-trigger-id:"${trigger}" led-delay:${delay}${alwaysBlink ? ' led-always-blink' : ''}`;
  },
  compile: () => goOn,
};

function readDelay(text: string | undefined): number {
  if (text === undefined) return 0;
  return text === 'inf' ? U32 : Math.min(parseUint(text) ?? 0, U32);
}
