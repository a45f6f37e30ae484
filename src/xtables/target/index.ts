/**
 * The targets hookline knows: one module each, listed here and nowhere else. ACCEPT, DROP and RETURN are the traversal's own.
 * @module
 */
import type { TargetModule } from '../target.ts';
import { audit } from './audit.ts';
import { classify } from './classify.ts';
import { connmark } from './connmark.ts';
import { ct, notrack } from './ct.ts';
import { dscp } from './dscp.ts';
import { ecn } from './ecn.ts';
import { hmark } from './hmark.ts';
import { log, nflog } from './log.ts';
import { mark } from './mark.ts';
import { masquerade, redirect } from './masquerade.ts';
import { netmap } from './netmap.ts';
import { nfqueue } from './nfqueue.ts';
import { checksum, connsecmark, idletimer, led, secmark } from './no-effect.ts';
import { dnpt, snpt } from './npt.ts';
import { rateest } from './rateest.ts';
import { reject } from './reject.ts';
import { set } from './set.ts';
import { dnat, snat } from './snat.ts';
import { tcpmss } from './tcpmss.ts';
import { tcpoptstrip } from './tcpoptstrip.ts';
import { tee } from './tee.ts';
import { tos } from './tos.ts';
import { synproxy } from './synproxy.ts';
import { tproxy } from './tproxy.ts';
import { trace } from './trace.ts';
import { hl, ttl } from './ttl.ts';

export const TARGETS: readonly TargetModule[] = [
  audit,
  checksum,
  classify,
  connmark,
  connsecmark,
  ct,
  dnat,
  dnpt,
  dscp,
  ecn,
  hl,
  hmark,
  idletimer,
  led,
  log,
  mark,
  masquerade,
  netmap,
  nflog,
  nfqueue,
  notrack,
  rateest,
  redirect,
  reject,
  secmark,
  set,
  snat,
  snpt,
  synproxy,
  tcpmss,
  tcpoptstrip,
  tee,
  tos,
  tproxy,
  trace,
  ttl,
];
