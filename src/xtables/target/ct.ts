/**
 * CT and NOTRACK: say, before connection tracking looks, how a packet is to be tracked: not at all, in a zone, with a helper.
 *
 *   -p tcp -j CT --timeout short
 *   -j CT --zone 5 | --zone-orig 5 | --zone-reply mark | --helper ftp | --notrack | --ctevents new,destroy
 *   -j NOTRACK
 *
 * A packet that was told something already (by an earlier rule, or before it looped over lo) keeps it.
 * Events only steer ctnetlink and are carried as text. Timeout policies are objects of the
 * host, whose description holds them (conntrack/timeout-policy.ts).
 * Reference: iptables-extensions(8), "CT". Kernel counterpart: net/netfilter/xt_CT.c.
 * @module
 */
import { CtInfo } from '../../conntrack/ctinfo.ts';
import { isHelper } from '../../conntrack/helper/index.ts';
import { isPolicyFor, makePolicy, policyNames, type TimeoutPolicy } from '../../conntrack/timeout-policy.ts';
import { ZoneDirection } from '../../conntrack/zone.ts';
import { HooklineError } from '../../errors.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { Host } from '../../host/host.ts';
import { CT_NONE, type Packet } from '../../packet/packet.ts';
import type { GivenOption, Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { parseUint, U16 } from './number.ts';

export interface CtInfoText {
  readonly notrack: boolean;
  readonly zone: number;
  /** The zone is the packet's mark. */
  readonly zoneMark: boolean;
  /** Bits of ZoneDirection that were named; 0 for a plain zone. */
  readonly directions: number;
  readonly helper: string;
  /** Timeout policy; '' for none. */
  readonly timeout: string;
  /** Protocol of the rule, which the policy must be for. */
  readonly protocol: number;
  readonly ctevents: readonly string[];
  readonly expevents: readonly string[];
}

const CT_EVENTS = ['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark', 'natseqinfo', 'secmark'];
const EXP_EVENTS = ['new'];

export const ct: TargetModule<CtInfoText> = {
  name: 'CT',
  scope: 'flow',
  tables: ['raw'],
  conntrack: (info) => !info.notrack,
  options: [
    { name: 'notrack', args: 0 },
    { name: 'helper' },
    { name: 'timeout' },
    { name: 'ctevents' },
    { name: 'expevents' },
    { name: 'zone' },
    { name: 'zone-orig' },
    { name: 'zone-reply' },
  ],

  parse(options) {
    return {
      notrack: options.has('notrack'),
      ...readZone(options),
      helper: readHelper(options),
      ...readTimeout(options),
      ctevents: readEvents(options.get('ctevents'), CT_EVENTS),
      expevents: readEvents(options.get('expevents'), EXP_EVENTS),
    };
  },

  print: (info) => words(info, '--').join(' '),
  list: (info) => ['CT', ...words(info, '')].join(' '),

  compile(info, { conntrack, host, family }) {
    if (info.notrack) return (packet) => untrack(packet, conntrack);
    const template = conntrack.template({
      zone: info.zone,
      zoneDirections: info.directions === 0 ? ZoneDirection.Both : info.directions,
      zoneFromMark: info.zoneMark,
      helper: info.helper === '' ? null : info.helper,
      timeouts: info.timeout === '' ? null : policyOf(info, host, family),
    });
    return (packet) => {
      if (isFree(packet)) packet.ctTemplate = template;
      return Verdict.Continue;
    };
  },
};

/** What is longer is cut. */
const MAX_POLICY_NAME = 31;
/** All the kernel gives back of a policy's name (it takes the field for the older, shorter one). */
const SAVED_POLICY_NAME = 4;

export const notrack: TargetModule<null> = {
  name: 'NOTRACK',
  listedAs: 'CT',
  scope: 'stateless',
  tables: ['raw'],
  options: [],
  parse: () => null,
  print: () => '',
  list: () => 'NOTRACK',
  compile:
    (_, { conntrack }) =>
    (packet) =>
      untrack(packet, conntrack),
};

/** Whether nothing has been said of this packet's connection; of an answer to what is untracked something has (nf_ct_attach). */
function isFree(packet: Packet): boolean {
  return packet.ct === CT_NONE && packet.ctTemplate === 0 && packet.ctinfo === CtInfo.Untracked;
}

interface Untracker {
  setUntracked(packet: Packet): void;
}

function untrack(packet: Packet, conntrack: Untracker): Verdict {
  if (isFree(packet)) conntrack.setUntracked(packet);
  return Verdict.Continue;
}

/** The zone named last counts; directions add up. */
function readZone(options: Options): Pick<CtInfoText, 'zone' | 'zoneMark' | 'directions'> {
  let zone = 0;
  let zoneMark = false;
  let directions = 0;
  for (const option of options.all()) {
    if (!option.name.startsWith('zone')) continue;
    if (option.name === 'zone-orig') directions |= ZoneDirection.Original;
    if (option.name === 'zone-reply') directions |= ZoneDirection.Reply;
    if (option.value === 'mark') {
      zoneMark = true;
      continue;
    }
    const id = parseUint(option.value);
    if (id === null || id > U16) option.fail(`cannot parse ${option.value} as a zone ID`);
    zone = id!;
  }
  return { zone, zoneMark, directions };
}

function readHelper(options: Options): string {
  const option = options.get('helper');
  if (option === undefined) return '';
  const { family, protocol, protocolInverted } = options.context;
  if (protocolInverted || !isHelper(option.value, protocol, family)) option.fail(`no helper "${option.value}" for this protocol`);
  return option.value;
}

/** A policy needs a rule for one protocol. */
function readTimeout(options: Options): Pick<CtInfoText, 'timeout' | 'protocol'> {
  const option = options.get('timeout');
  const { protocol, protocolInverted } = options.context;
  if (option === undefined) return { timeout: '', protocol };
  if ((protocol === 0 || protocolInverted) && !options.has('notrack')) option.fail('a timeout policy needs a rule for one protocol');
  return { timeout: option.value.slice(0, MAX_POLICY_NAME), protocol };
}

function policyOf({ timeout, protocol }: CtInfoText, host: Host, family: number): TimeoutPolicy {
  const refuse = (reason: string): never => {
    throw new HooklineError('ERR_UNSUPPORTED', `target CT: timeout policy "${timeout}" ${reason}`);
  };
  const policy =
    host.settings.timeoutPolicies.get(timeout) ?? refuse('does not exist: the host file names those there are (timeout_policies)');
  const names = policyNames(policy.tracker);
  if (names.length === 0) refuse(`is for no tracker there is: ${policy.tracker}`);
  for (const name of policy.seconds.keys()) if (!names.includes(name)) refuse(`sets "${name}", which ${policy.tracker} has not`);
  if (policy.family !== family) refuse(`is for IPv${policy.family}`);
  if (!isPolicyFor(policy.tracker, protocol)) refuse(`is for ${policy.tracker}`);
  return makePolicy(policy.tracker, policy.seconds);
}

function readEvents(option: GivenOption | undefined, known: readonly string[]): readonly string[] {
  if (option === undefined) return [];
  const given = option.value.split(',');
  for (const event of given) if (!known.includes(event)) option.fail(`unknown event type "${event}"`);
  return known.filter((event) => given.includes(event));
}

function words(info: CtInfoText, dashes: string): string[] {
  const out: string[] = [];
  if (info.notrack) out.push(`${dashes}notrack`);
  if (info.helper !== '') out.push(`${dashes}helper ${info.helper}`);
  if (info.timeout !== '') out.push(`${dashes}timeout ${info.timeout.slice(0, SAVED_POLICY_NAME)}`);
  if (info.ctevents.length > 0) out.push(`${dashes}ctevents ${info.ctevents.join(',')}`);
  if (info.expevents.length > 0) out.push(`${dashes}expevents ${info.expevents.join(',')}`);
  if (info.zoneMark || info.zone !== 0) out.push(`${dashes}${zoneWord(info.directions)} ${info.zoneMark ? 'mark' : info.zone}`);
  return out;
}

function zoneWord(directions: number): string {
  if (directions === ZoneDirection.Original) return 'zone-orig';
  return directions === ZoneDirection.Reply ? 'zone-reply' : 'zone';
}
