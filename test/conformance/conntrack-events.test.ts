/**
 * The events of `conntrack -E` as the kernel sent them while the scenarios were recorded: kind, both tuples, whether a reply was
 * seen and the connection is assured, and TCP's state where the event tells it, packet by packet and in order.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Status } from '../../src/conntrack/ctinfo.ts';
import type { ConntrackSide } from '../../src/conntrack/dump.ts';
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../src/inet/protocol.ts';
import { type ConntrackEvent, ConntrackJournal } from '../../src/report/conntrack-event.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import type { Truth, TruthEvent } from '../../src/scenario/truth.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));

function scenarios(folder: string): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

function truthOf(directory: string): Truth {
  return JSON.parse(gunzipSync(readFileSync(join(directory, 'truth.json.gz'))).toString()) as Truth;
}

const WATCHED = ['SEEN_REPLY', 'ASSURED', 'SRC_NAT', 'DST_NAT'];
const BITS = [Status.SeenReply, Status.Assured, Status.SrcNat, Status.DstNat];

/** As the recorder names them; of all others it tells no ports. */
const NAMES = new Map([
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [GRE, 'gre'],
  [ICMPV6, 'icmpv6'],
  [SCTP, 'sctp'],
  [UDPLITE, 'udplite'],
]);

/** `update 12 tcp 10.0.1.2:10054>10.0.2.2:80 10.0.2.2:80>10.0.1.2:10054 SEEN_REPLY ESTABLISHED` */
function recorded(index: number, { t, orig, reply, status = [], tcp }: TruthEvent): string {
  const bits = WATCHED.filter((name) => status.includes(name));
  return [t, index, orig, reply?.replace(/^\S+ /, ''), ...bits, tcp ?? ''].join(' ');
}

function ours({ kind, line, withState }: ConntrackEvent, index: number): string {
  const name = NAMES.get(line.protocol) ?? String(line.protocol);
  const bits = WATCHED.filter((_, i) => (line.status & BITS[i]!) !== 0);
  const state = withState && line.protocol === TCP ? (line.state ?? '') : '';
  return [
    kind.toLowerCase(),
    index,
    name,
    sideText(line.protocol, line.original),
    sideText(line.protocol, line.reply),
    ...bits,
    state,
  ].join(' ');
}

function sideText(protocol: number, { source, destination, sourceL4, destinationL4 }: ConntrackSide): string {
  if (!NAMES.has(protocol)) return `${source}>${destination}`;
  if (protocol === ICMP || protocol === ICMPV6)
    return `${source}>${destination} t${destinationL4 >>> 8}c${destinationL4 & 0xff}i${sourceL4}`;
  return `${source}:${sourceL4}>${destination}:${destinationL4}`;
}

/** Where entries run out, the moment they are removed hangs on who looks into their bucket: there the kernel's is not ours. */
const runsOut = (directory: string): boolean => readFileSync(join(directory, 'host.json'), 'utf8').includes('"realtime"');

const directories = scenarios(FOLDER)
  .filter((directory) => !runsOut(directory))
  .sort();

describe('events of recorded scenarios', () => {
  const truths = directories.map((directory) => [directory.slice(FOLDER.length + 1), directory] as const);

  it.each(truths)('%s', (_name, directory) => {
    const truth = truthOf(directory);
    const told: string[] = [];
    runScenario(loadScenario(directory), {
      against: truth,
      onStart: (engine) => {
        const { conntrack, outcome } = engine;
        conntrack.events = new ConntrackJournal(conntrack, (event) => told.push(ours(event, outcome.index)));
      },
    });
    const expected = truth.packets.flatMap(({ index, ct_events = [] }) => ct_events.map((event) => recorded(index, event)));
    expect(told).toEqual(expected);
  });
});
