import { describe, expect, it } from 'vitest';
import { hookMask, Hook } from '../../../src/hook/hook.ts';
import { TCP, UDP } from '../../../src/inet/protocol.ts';
import { fakeMatch, fakeTarget, refusal, saved } from '../iptables/fakes.ts';

const matches = [
  fakeMatch('tcp', { protocols: [TCP] }),
  fakeMatch('ports', { protocols: [TCP, UDP] }),
  fakeMatch('owner', { hooks: hookMask(Hook.Output, Hook.Postrouting) }),
  fakeMatch('six', { families: [6] }),
  fakeMatch('how', {
    options: [{ name: 'in', args: 0 }],
    hooks: (words) => (words.includes('--in') ? hookMask(Hook.Input) : hookMask(Hook.Forward)),
  }),
];
const targets = [
  fakeTarget('MASQUERADE', { tables: ['nat'], hooks: hookMask(Hook.Postrouting) }),
  fakeTarget('REJECT', { tables: ['filter'] }),
  fakeTarget('PICKY', { check: (_info, rule) => (rule.matches.some(({ name }) => name === 'tcp') ? null : 'needs a tcp match') }),
];
const modules = { matches, targets };

describe('loading a table', () => {
  // Refused or taken alike by the kernel (iptables-legacy-restore 1.8.9, Linux 6.18).
  it.each([
    ['nat', '-A a -j REJECT', 'REJECT target: only valid in filter table, not nat'],
    ['nat', '-A INPUT -j MASQUERADE', 'MASQUERADE target: used from hooks INPUT, but only usable from POSTROUTING'],
    [
      'nat',
      '-A INPUT -j a\n-A POSTROUTING -j a\n-A a -j MASQUERADE',
      'MASQUERADE target: used from hooks INPUT/POSTROUTING, but only usable from POSTROUTING',
    ],
    ['nat', '-A INPUT -j a\n-A a -g z\n-A z -j MASQUERADE', 'MASQUERADE target: used from hooks INPUT, but only usable from POSTROUTING'],
    ['filter', '-A INPUT -m owner', 'owner match: used from hooks INPUT, but only usable from OUTPUT/POSTROUTING'],
    ['filter', '-A FORWARD -m how --in', 'how match: used from hooks FORWARD, but only usable from INPUT'],
    ['filter', '-A a -m tcp', 'tcp match: only valid for protocol tcp'],
    ['filter', '-A a -p udp -m tcp', 'tcp match: only valid for protocol tcp'],
    ['filter', '-A a ! -p tcp -m tcp', 'tcp match: only valid for protocol tcp'],
    ['filter', '-A a -p icmp -m ports', 'ports match: only valid for protocol tcp/udp'],
    ['filter', '-A a -j PICKY', 'needs a tcp match'],
    ['filter', '-A a -m six', "Couldn't load match 'six'"],
    ['filter', '-A INPUT -j a\n-A a -j z\n-A z -j a', 'loop of jumps in table filter: a -> z -> a'],
    ['filter', '-A INPUT -j a\n-A a -g a', 'loop of jumps in table filter: a -> a'],
    ['filter', '-A FORWARD -j z\n-A INPUT -j a\n-A z\n-A a -j z\n-A z -j a', 'loop of jumps in table filter: a -> z -> a'],
  ])('refuses in %s %j', (table, lines, reason) => {
    expect(refusal(lines, { ...modules, table }).reason).toBe(reason);
  });

  it.each([
    ['nat', '-A a -j MASQUERADE', 1],
    ['nat', '-A POSTROUTING -j a\n-A a -j MASQUERADE', 2],
    ['nat', '-A INPUT -j ACCEPT\n-A INPUT -j a\n-A a -j MASQUERADE', 3],
    ['filter', '-A OUTPUT -m owner', 1],
    ['filter', '-A INPUT -m how --in\n-A FORWARD -m how', 2],
    ['filter', '-A a -p tcp -m tcp -j PICKY', 1],
    ['filter', '-A a -p tcp -m ports', 1],
    ['filter', '-A a -j z\n-A z -j a', 2],
    ['filter', '-A a -j a', 1],
    ['filter', '-A INPUT -j ACCEPT\n-A INPUT -j a\n-A a -j a', 3],
    ['filter', '-A INPUT -j a\n-A INPUT -j z\n-A a -j z\n-A FORWARD -j a', 4],
  ])('takes in %s %j', (table, lines, count) => {
    expect(saved(lines, { ...modules, table })).toHaveLength(count);
  });

  it('holds rules to their hooks beyond a conditional verdict and beyond a QUEUE only up to it', () => {
    expect(refusal('-A INPUT -p tcp -j ACCEPT\n-A INPUT -m owner', modules).reason).toContain('owner match');
    expect(saved('-A INPUT -j QUEUE\n-A INPUT -m owner', modules)).toHaveLength(2);
    expect(refusal('-A INPUT -i + -j ACCEPT\n-A INPUT -m owner', modules).reason).toContain('owner match');
  });

  it('says where', () => {
    expect(refusal('-A INPUT -j a\n-A a -j z\n-A z -j a', modules).at).toMatchObject({ line: 6 });
    expect(refusal('-A a\n  -A INPUT -m owner', modules).at).toMatchObject({ line: 5, column: 3 });
  });

  it('refuses chains that nest deeper than a walk may go', () => {
    const names = Array.from({ length: 600 }, (_, i) => `c${i}`);
    const lines = [...names.map((name) => `-N ${name}`), '-A INPUT -j c0', ...names.slice(1).map((name, i) => `-A c${i} -j ${name}`)];
    expect(refusal(lines.join('\n'))).toMatchObject({
      code: 'ERR_LIMIT',
      reason: 'chains of table filter nest 601 deep, 512 is the limit',
    });
  });

  it('looks at a chain once, however many ways lead to it', () => {
    const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
    const lines = [
      ...names.map((name) => `-N ${name}`),
      '-A INPUT -j c0',
      ...names.slice(1).flatMap((name, i) => [`-A c${i} -j ${name}`, `-A c${i} -j ${name}`]),
    ];
    expect(saved(lines.join('\n'))).toHaveLength(399);
  });

  it('refuses more than a million rules, also from one line', () => {
    const list = (third: number): string => Array.from({ length: 1001 }, (_, i) => `10.${third}.${i >> 8}.${i & 255}`).join(',');
    expect(refusal(`-A a -s ${list(1)} -d ${list(2)}`)).toMatchObject({ code: 'ERR_LIMIT', reason: 'more than 1000000 rules' });
  });
});
