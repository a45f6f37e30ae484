/**
 * Policies: what a rule set is for, in a sentence.
 *
 *   no NEW from wan to lan
 *   no tcp/23 from any to 10.0.0.0/8
 *   no udp to host
 *   all tcp/22,443 from 10.0.0.0/8 to dmz
 *
 *   policy  = ("no" | "all") [what] ["from" place] ["to" place]
 *   what    = state | protocol ["/" ports] | state protocol ["/" ports]
 *   state   = NEW, ESTABLISHED, RELATED, INVALID or UNTRACKED, several with commas
 *   ports   = destination ports as the packet left (or, if it did not, came), ranges as 80-90, several with commas
 *   place   = an interface, an address or prefix, "host" (the router itself), "any"
 *
 * `no`: none such is let through. `all`: none such is dropped by a rule.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { parseAddress } from '../../inet/address.ts';
import { formatPortRanges, inRanges, parsePortRanges, type PortRanges } from '../../inet/ports.ts';
import { formatPrefix, parsePrefix, type Prefix, prefixContains } from '../../inet/prefix.ts';
import { protocolName, protocolNumber } from '../../inet/protocol.ts';
import type { Observation } from '../observe.ts';
import { type Ends, endsText } from '../sighting.ts';
import type { Invariant } from './invariant.ts';

const STATES = new Set(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']);

interface What {
  states: ReadonlySet<string> | null;
  protocol: number;
  ports: PortRanges | null;
}

type Place =
  | { readonly kind: 'any' | 'host' }
  | { readonly kind: 'device'; readonly name: string }
  | { readonly kind: 'prefix'; readonly prefix: Prefix };

const ANYWHERE: Place = { kind: 'any' };

/** The invariant a sentence states. @throws ERR_INPUT with what is not understood */
export function policy(sentence: string): Invariant {
  const words = sentence.trim().split(/\s+/);
  const kind = words.shift();
  if (kind !== 'no' && kind !== 'all') throw fault(sentence, 'it begins with "no" or "all"');
  const what: What = { states: null, protocol: 0, ports: null };
  let from = ANYWHERE;
  let to = ANYWHERE;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === 'from') from = place(sentence, words.shift());
    else if (word === 'to') to = place(sentence, words.shift());
    else readWhat(sentence, word, what);
  }
  return {
    name: `policy "${sentence.trim()}"`,
    claim: sentence.trim(),
    about: aboutOf(what, from, to),
    start: ({ host }) => {
      checkDevice(sentence, host, from);
      checkDevice(sentence, host, to);
      return (observation) => judge(kind, { what, from, to, host }, observation);
    },
  };
}

/** In a rule's words. */
function aboutOf({ protocol, ports }: What, from: Place, to: Place): string {
  const address = (where: Place): string => (where.kind === 'prefix' ? formatPrefix(where.prefix) : '');
  const port = ports === null ? '' : `--dport ${formatPortRanges(ports).replaceAll(',', ' ')}`;
  return `${address(from)} ${address(to)} -p ${protocolName(protocol) ?? protocol} ${port}`;
}

function fault(sentence: string, why: string): HooklineError {
  return new HooklineError('ERR_INPUT', `policy "${sentence.trim()}": ${why}`);
}

function readWhat(sentence: string, word: string, what: What): void {
  const states = word.split(',');
  if (states.every((state) => STATES.has(state))) {
    what.states = new Set(states);
    return;
  }
  const [name = '', ports] = word.split('/', 2);
  const protocol = protocolNumber(name) ?? (/^[0-9]+$/.test(name) ? Number(name) : -1);
  if (protocol < 0 || protocol > 255) throw fault(sentence, `${word} is neither a state nor a protocol`);
  what.protocol = protocol;
  if (ports === undefined) return;
  what.ports = parsePortRanges(ports.replaceAll('-', ':'));
  if (what.ports === null) throw fault(sentence, `${ports} are no ports`);
}

function place(sentence: string, word: string | undefined): Place {
  if (word === undefined) throw fault(sentence, 'a place is missing at its end');
  if (word === 'any' || word === 'host') return { kind: word };
  const prefix = parsePrefix(word, word.includes(':') ? 6 : 4);
  return prefix === null ? { kind: 'device', name: word } : { kind: 'prefix', prefix };
}

function checkDevice(sentence: string, host: Host, where: Place): void {
  if (where.kind !== 'device' || host.interfaceByName(where.name) !== null) return;
  const known = host.interfaces.flatMap((device) => (device === undefined || device.name === '' ? [] : [device.name]));
  throw fault(sentence, `the host has no interface ${where.name} (it has ${known.join(', ')})`);
}

interface Terms {
  readonly what: What;
  readonly from: Place;
  readonly to: Place;
  readonly host: Host;
}

function judge(kind: 'no' | 'all', terms: Terms, observation: Observation): string | null {
  const { ends, verdict, rule, outdev, seen, injected } = observation;
  const { what, host, from, to } = terms;
  if (what.states !== null && !what.states.has(observation.state ?? '')) return null;
  if (what.protocol !== 0 && ends.protocol !== what.protocol) return null;
  if (!isAt(from, host, injected.device, ends.source)) return null;
  if (kind === 'all') {
    if (verdict !== 'dropped' || rule === null || !portFits(what, ends)) return null;
    // one that was dropped in INPUT was about to reach the host
    const towards = outdev === 0 ? 0 : outdev;
    return isAt(to, host, towards, ends.destination) ? `${endsText(ends)} is dropped by ${rule.name} (${rule.at})` : null;
  }
  const through = seen.find(
    (sighting) => !sighting.madeByHost && portFits(what, sighting.ends) && isAt(to, host, sighting.device, sighting.ends.destination),
  );
  if (through === undefined) return null;
  const where = through.device === 0 ? 'reached the host' : `left by ${host.interfaces[through.device]?.name ?? '?'}`;
  return `${endsText(ends)} ${where}${endsText(through.ends) === endsText(ends) ? '' : ` as ${endsText(through.ends)}`}`;
}

function portFits({ ports }: What, ends: Ends): boolean {
  return ports === null || (ends.destinationPort >= 0 && inRanges(ports, ends.destinationPort));
}

/** `device` 0 is the host itself. */
function isAt(where: Place, host: Host, device: number, address: string): boolean {
  switch (where.kind) {
    case 'any':
      return true;
    case 'host':
      return device === 0;
    case 'device':
      return host.interfaces[device]?.name === where.name && device !== 0;
    case 'prefix': {
      const words = parseAddress(address, where.prefix.family);
      return words !== null && prefixContains(where.prefix, words[0]!, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0);
    }
  }
}
