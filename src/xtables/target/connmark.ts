/**
 * CONNMARK: write the connection's mark, or copy it from or to the packet's.
 *
 *   -j CONNMARK --set-xmark value[/mask]                          ct = (ct & ~mask) ^ value
 *   -j CONNMARK --save-mark [--nfmask nf --ctmask ct]             ct = (ct & ~ctmask) ^ (mark & nfmask)
 *   -j CONNMARK --restore-mark [--nfmask nf --ctmask ct]          mark = (mark & ~nfmask) ^ (ct & ctmask)
 *
 * A shift moves the whole result of set, but only the masked operand of save and restore.
 * Reference: iptables-extensions(8), "CONNMARK". Kernel counterpart: net/netfilter/xt_connmark.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { listSetMark, readSetMark, SET_MARK_OPTIONS } from './mark.ts';
import { hex, readUint, U32 } from './number.ts';

export interface ConnmarkInfo {
  readonly mode: 'set' | 'save' | 'restore';
  readonly value: number;
  readonly ctmask: number;
  readonly nfmask: number;
  /** Bits to the left; to the right when negative. */
  readonly shift: number;
}

const MODES = [...SET_MARK_OPTIONS.map(({ name }) => name), 'save-mark', 'restore-mark'];
const MAX_SHIFT = 31;

export const connmark: TargetModule<ConnmarkInfo> = {
  name: 'CONNMARK',
  scope: 'flow',
  perFlow: true,
  conntrack: true,
  options: [
    ...SET_MARK_OPTIONS,
    { name: 'save-mark', args: 0 },
    { name: 'restore-mark', args: 0 },
    { name: 'ctmask' },
    { name: 'nfmask' },
    { name: 'mask' },
    { name: 'left-shift-mark' },
    { name: 'right-shift-mark' },
  ],

  parse(options) {
    const mode = options.exactlyOne(...MODES).name;
    const shift = readShift(options);
    if (mode === 'save-mark' || mode === 'restore-mark') {
      return { mode: mode === 'save-mark' ? 'save' : 'restore', value: 0, ...readMasks(options), shift };
    }
    const { value, mask } = readSetMark(options, mode);
    return { mode: 'set', value, ctmask: options.has('mask') ? readMask(options, 'mask') : mask, nfmask: -1, shift };
  },

  print({ mode, value, ctmask, nfmask, shift }) {
    const operation =
      mode === 'set' ? `--set-xmark ${hex(value)}/${hex(ctmask)}` : `--${mode}-mark --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`;
    return operation + printShift(shift, ' --');
  },

  list({ mode, value, ctmask, nfmask, shift }) {
    if (mode === 'set') return `CONNMARK ${listSetMark({ value, mask: ctmask })}${printShift(shift, ' ')}`;
    let masks = '';
    if (ctmask !== nfmask) masks = ` ctmask ${hex(ctmask)} nfmask ~${hex(nfmask)}`;
    else if (ctmask !== -1) masks = ` mask ${hex(ctmask)}`;
    return `CONNMARK ${mode}${masks}${printShift(shift, ' ')}`;
  },

  compile({ mode, value, ctmask, nfmask, shift }, { conntrack }) {
    const left = Math.max(shift, 0);
    const right = Math.max(-shift, 0);
    const moved = (word: number): number => (word << left) >>> right;
    if (mode === 'set') {
      return (packet) => {
        if (packet.ct >= 0) conntrack.setMark(packet.ct, moved((conntrack.mark(packet.ct) & ~ctmask) ^ value) | 0);
        return Verdict.Continue;
      };
    }
    if (mode === 'save') {
      return (packet) => {
        if (packet.ct >= 0) conntrack.setMark(packet.ct, (conntrack.mark(packet.ct) & ~ctmask) ^ moved(packet.mark & nfmask));
        return Verdict.Continue;
      };
    }
    return (packet) => {
      if (packet.ct >= 0) packet.mark = (packet.mark & ~nfmask) ^ moved(conntrack.mark(packet.ct) & ctmask);
      return Verdict.Continue;
    };
  },
};

function readMask(options: Options, name: string): number {
  return readUint(options.get(name)!, 0, U32) | 0;
}

function readMasks(options: Options): { readonly ctmask: number; readonly nfmask: number } {
  if (options.has('mask')) {
    for (const name of ['ctmask', 'nfmask']) options.get(name)?.fail(`option "--${name}" cannot be used together with "--mask"`);
    const mask = readMask(options, 'mask');
    return { ctmask: mask, nfmask: mask };
  }
  return {
    ctmask: options.has('ctmask') ? readMask(options, 'ctmask') : -1,
    nfmask: options.has('nfmask') ? readMask(options, 'nfmask') : -1,
  };
}

/** The shift given last wins. */
function readShift(options: Options): number {
  let shift = 0;
  for (const option of options.all()) {
    if (option.name === 'left-shift-mark') shift = readUint(option, 0, MAX_SHIFT);
    else if (option.name === 'right-shift-mark') shift = -readUint(option, 0, MAX_SHIFT);
  }
  return shift;
}

function printShift(shift: number, before: string): string {
  if (shift === 0) return '';
  return shift > 0 ? `${before}left-shift-mark ${shift}` : `${before}right-shift-mark ${-shift}`;
}
