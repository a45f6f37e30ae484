import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseSavedHost } from '../../../src/host/saved-host.ts';
import { ask } from './ask.ts';

type Row = [dst: string, from: string, oif: string, mark: number, tos: number, answer: string];
interface Recorded {
  readonly hosts: readonly { readonly host: object; readonly queries: readonly Row[] }[];
}

const here = (name: string): URL => new URL(name, import.meta.url);

describe('route look-up and source choice as the kernel answered `ip route get`', () => {
  const { hosts } = JSON.parse(readFileSync(here('route-get.json'), 'utf8')) as Recorded;

  it.each(hosts.map((recorded, i) => [i, recorded] as const))('host %i', (_, recorded) => {
    const host = parseHost(recorded.host);
    let asked = 0;
    for (const [dst, from, oif, mark, tos, answer] of recorded.queries) {
      // A group named with a device or source does not reach the routing tables.
      if (dst.startsWith('224.') && (oif !== '' || from !== '')) continue;
      expect(ask(host, { dst, from, oif, mark, tos }), `${dst} ${from} ${oif} ${mark} ${tos}`).toBe(answer);
      asked++;
    }
    expect(asked).toBeGreaterThan(50);
  });
});

describe('a host saved with `ip -j`', () => {
  const names = ['addr.json', 'route.json', 'route6.json', 'neigh.json', 'rule.json', 'rule6.json', 'sysctl.txt'];
  const host = parseSavedHost(new Map(names.map((name) => [name, readFileSync(here(`saved/${name}`), 'utf8')])));
  const lines = readFileSync(here('saved/get.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it.each(lines.map((line) => line.split('\t') as [string, string]))('ip route get %s', (args, said) => {
    const words = args.replace('-6 ', '').split(' ');
    const option = (name: string): string => (words.includes(name) ? words[words.indexOf(name) + 1]! : '');
    const answer = ask(host, {
      dst: words[0]!,
      from: option('from'),
      oif: option('oif'),
      mark: Number(option('mark')),
      tos: Number(option('tos')),
    });
    expect(answer).toBe(inWords(said));
  });

  it('has the neighbours, the sysctls and the interfaces', () => {
    const eth0 = host.interfaceByName('eth0')!;
    expect(host.neighbour4(eth0.index, 0x0a000009)).toEqual(Uint8Array.of(2, 0, 0, 0, 0x10, 9));
    expect(host.forwarding4(eth0.index)).toBe(true);
    expect(host.interfaceByName('down0')!.up).toBe(false);
    expect(host.interfaces[host.loopback]!.name).toBe('lo');
    expect(eth0.addresses4.map(({ secondary }) => secondary)).toEqual([false, false, true]);
  });
});

/** `TYPE DEVICE GATEWAY SOURCE` of what `ip route get` prints. */
function inWords(said: string): string {
  if (said.startsWith('RTNETLINK')) return said.replace('RTNETLINK answers: ', '').trim();
  const words = said.trim().split(/\s+/);
  const after = (name: string): string => (words.includes(name) ? words[words.indexOf(name) + 1]! : '-');
  const type = ['local', 'broadcast', 'anycast', 'multicast'].includes(words[0]!) ? words[0]! : 'unicast';
  return `${type} ${after('dev')} ${after('via')} ${after('src')}`;
}
