import { describe, expect, it } from 'vitest';
import { fakeMatch, fakeTarget, refusal, saved } from './fakes.ts';

const matches = [
  fakeMatch('tcp', {
    options: [
      { name: 'sport', aliases: ['source-port'], invert: true },
      { name: 'dport', aliases: ['destination-port'], invert: true },
      { name: 'tcp-flags', args: 2, invert: true },
      { name: 'syn', args: 0 },
    ],
  }),
  fakeMatch('comment', { options: [{ name: 'comment' }] }),
  fakeMatch('recent', { options: [{ name: 'set', args: 0 }, { name: 'seconds' }] }),
  fakeMatch('mark', { options: [{ name: 'mark', invert: true }] }),
  fakeMatch('connmark', { options: [{ name: 'mark', invert: true }] }),
  fakeMatch('set', { options: [{ name: 'match-set', args: 2, multiple: true }] }),
  fakeMatch('maybe', {
    options: [
      { name: 'how', args: 'optional' },
      { name: 'also', args: 0 },
    ],
  }),
  fakeMatch('icmp6', { aliases: ['icmpv6', 'ipv6-icmp'], families: [6], options: [{ name: 'icmpv6-type' }] }),
];
const targets = [
  fakeTarget('MARK', { options: [{ name: 'set-mark' }, { name: 'set-xmark' }] }),
  fakeTarget('DNAT', { options: [{ name: 'to-destination' }] }),
];
const with4 = { matches, targets };
const with6 = { matches, targets, family: 6 as const };

describe('a rule line', () => {
  // Each line was loaded by iptables-legacy-restore 1.8.9 and saved again.
  it.each([
    ['-A a', '-A a'],
    ['  -A a', '-A a'],
    ['-A a --', '-A a'],
    ['-Aa', '-A a'],
    ['--append a --jump DROP', '-A a -j DROP'],
    ['-A a --jum DROP', '-A a -j DROP'],
    ['-p tcp -A a', '-A a -p tcp'],
    ['-A a -v -j DROP', '-A a -j DROP'],
    ['-A a -4 -j DROP', '-A a -j DROP'],
    ['-A a -j z', '-A a -j z'],
    ['-A a -g z', '-A a -g z'],
    ['-A a -j QUEUE', '-A a -j QUEUE'],
    ['-A a -p all', '-A a'],
    ['-A a -p 0', '-A a'],
    ['-A a -p TCP', '-A a -p tcp'],
    ['-A a -p 0x6', '-A a -p tcp'],
    ['-A a -p 06', '-A a -p tcp'],
    ['-A a ! -p 6', '-A a ! -p tcp'],
    ['-A a -p 253', '-A a -p 253'],
    ['-A a -f', '-A a -f'],
    ['-A a ! -f', '-A a ! -f'],
    ['-A a -i +', '-A a'],
    ['-A a ! -i +', '-A a'],
    ['-A a -i eth+ ! -o lo', '-A a -i eth+ ! -o lo'],
    ['-A a -i "a b"', '-A a -i a b'],
    ['-A a -i ! -j DROP', '-A a -i ! -j DROP'],
    ['-A a --src 1.2.3.4 --dst 5.6.7.8', '-A a -s 1.2.3.4/32 -d 5.6.7.8/32'],
    ['-A a --dest 1.1.1.1', '-A a -d 1.1.1.1/32'],
    ['-A a -s 0.0.0.0/0', '-A a'],
    ['-A a ! -s 0.0.0.0/0', '-A a ! -s 0.0.0.0/0'],
    ['-A a -s 10.1.2.3/8', '-A a -s 10.0.0.0/8'],
    ['-A a -s 10.0.0.0/255.0.0.0', '-A a -s 10.0.0.0/8'],
    ['-A a -s 10.1.2.3/255.0.255.0', '-A a -s 10.0.2.0/255.0.255.0'],
    ['-A a -s 10/8', '-A a -s 10.0.0.0/8'],
    ['-A a -s 10.1', '-A a -s 10.1.0.0/32'],
    ['-A a -s 010.1.1.1', '-A a -s 8.1.1.1/32'],
    ['-A a -s 16909060', '-A a -s 1.2.3.4/32'],
    ['-A a -s 0x1020304', '-A a -s 1.2.3.4/32'],
    ['-A a -j MARK --set-mark 1', '-A a -j MARK --set-mark 1'],
    ['-A a -j DNAT --to 1.2.3.4', '-A a -j DNAT --to-destination 1.2.3.4'],
    ['-A a -m comment --comment -t', '-A a -m comment --comment -t'],
    ['-A a -m comment --comment "-j"', '-A a -m comment --comment -j'],
    ['-A a -p tcp --dport 22', '-A a -p tcp -m tcp --dport 22'],
    ['-A a -p 6 ! --dport 22', '-A a -p tcp -m tcp ! --dport 22'],
    ['-A a -p tcp --destination-port 22', '-A a -p tcp -m tcp --dport 22'],
    ['-A a -p tcp --syn', '-A a -p tcp -m tcp --syn'],
    ['-A a --proto tcp --sy', '-A a -p tcp -m tcp --syn'],
    ['-A a -p tcp --tcp-flags SYN,ACK SYN', '-A a -p tcp -m tcp --tcp-flags SYN,ACK SYN'],
    ['-A a -p tcp --dport 22 -m tcp --sport 5', '-A a -p tcp -m tcp --dport 22 -m tcp --sport 5'],
    ['-A a -p tcp -m tcp -m tcp --dpor 5', '-A a -p tcp -m tcp -m tcp --dport 5'],
    ['-A a -p tcp -m comment --comment x --dport 22', '-A a -p tcp -m comment --comment x -m tcp --dport 22'],
    ['-A a -p tcp --dest 22', '-A a -d 22.0.0.0/32 -p tcp'],
    ['-A a -m mark -m connmark --mark 1', '-A a -m mark -m connmark --mark 1'],
    ['-A a -m mark --mark 1 -m connmark --mark 2', '-A a -m mark --mark 1 -m connmark --mark 2'],
    ['-A a -m set --match-set x src', '-A a -m set --match-set x src'],
    ['-A a -mcomment --comment=x', '-A a -m comment --comment x'],
    ['-A a -m maybe --how --also', '-A a -m maybe --how --also'],
    ['-A a -m maybe --how much', '-A a -m maybe --how much'],
    ['-A a -m recent --set --sec 5', '-A a -m recent --set --seconds 5'],
  ])('%s', (line, text) => {
    expect(saved(line, with4)).toEqual([`[0:0] ${text}`]);
  });

  it.each([
    ['-A a -s fe80::1%eth0', "host/network `fe80::1%eth0' not found"],
    ['-A a -s 1.2.3.4', "host/network `1.2.3.4' not found"],
    ['-A a -f', "`-f' is not supported in IPv6, use -m frag instead"],
    ['-A a -s ::1/200', "invalid mask `200' specified"],
  ])('IPv6 refuses %s', (line, reason) => {
    expect(refusal(line, with6).reason).toBe(reason);
  });

  it.each([
    ['-A a -s FE80::1/64', '-A a -s fe80::/64'],
    ['-A a -s fe80::1/ff0f::', '-A a -s fe00::/ff0f::'],
    ['-A a -s ::/0', '-A a'],
    ['-A a -p icmpv6 --icmpv6-type 1', '-A a -p ipv6-icmp -m icmp6 --icmpv6-type 1'],
    ['-A a -p icmpv6 -m ipv6-icmp --icmpv6-type 1', '-A a -p ipv6-icmp -m icmp6 --icmpv6-type 1'],
    ['-A a -p mh', '-A a -p mobility-header'],
  ])('IPv6 takes %s', (line, text) => {
    expect(saved(line, with6)).toEqual([`[0:0] ${text}`]);
  });

  it('makes a rule for every pair of listed addresses', () => {
    expect(saved('[4:5] -A a -s 1.2.3.4,5.6.7.8 -d "7.7.7.7, 8.8.8.8" -j ACCEPT')).toEqual([
      '[4:5] -A a -s 1.2.3.4/32 -d 7.7.7.7/32 -j ACCEPT',
      '[4:5] -A a -s 1.2.3.4/32 -d 8.8.8.8/32 -j ACCEPT',
      '[4:5] -A a -s 5.6.7.8/32 -d 7.7.7.7/32 -j ACCEPT',
      '[4:5] -A a -s 5.6.7.8/32 -d 8.8.8.8/32 -j ACCEPT',
    ]);
    expect(saved('-A a -s 1.2.3.4,0.0.0.0/0')).toEqual(['[0:0] -A a -s 1.2.3.4/32', '[0:0] -A a']);
  });

  it('takes counters in front or by -c', () => {
    expect(saved('[1:2] -A a')).toEqual(['[1:2] -A a']);
    expect(saved('[1:2]-A a')).toEqual(['[1:2] -A a']);
    expect(saved('-A a -c 5 6')).toEqual(['[5:6] -A a']);
    expect(saved('-A a -c 5,6')).toEqual(['[5:6] -A a']);
    expect(saved('[1:2] -A a', { counters: false })).toEqual(['[0:0] -A a']);
  });

  it('leaves out a line for the other family', () => {
    expect(saved('-A a -6\n-A z -4')).toEqual(['[0:0] -A z']);
    expect(saved('-A a -6\n-A z -4', { family: 6 })).toEqual(['[0:0] -A a']);
  });
});

describe('a rule line is refused', () => {
  it.each([
    ['-A a foo', "Bad argument `foo'"],
    ['-A a -', "Bad argument `-'"],
    ['garbage', "Bad argument `garbage'"],
    ['   ', 'no command specified'],
    ['-s 1.1.1.1', 'no command specified'],
    ['-A', 'option "-A" requires an argument'],
    ['-A a -j', 'option "-j" requires an argument'],
    ['-A a -A z', 'Cannot use -A with -A'],
    ['-A a -t nat', 'The -t option cannot be used in iptables-restore'],
    ['-A a --table filter', 'The -t option cannot be used in iptables-restore'],
    ['-A a -w', "You cannot use `-w' from iptables-restore"],
    ['-L', "You cannot use `-L' from iptables-restore"],
    ['-A a -x', "Illegal option `-x' with this command"],
    ['-A a --line-numbers', "Illegal option `-0' with this command"],
    ['-A a ! ! -s 1.1.1.1', 'multiple consecutive ! not allowed'],
    ['-A a -j DROP !', 'nothing appropriate following !'],
    ['-A a ! -j DROP', 'cannot have ! before -j'],
    ['-A a ! -m tcp', 'cannot have ! before -m'],
    ['-A a -p tcp -p udp', 'multiple -p flags not allowed'],
    ['-A a -i eth0 -i eth1', 'multiple -i flags not allowed'],
    ['-A a -s 1.1.1.1 -s 2.2.2.2', 'multiple -s flags not allowed'],
    ['-A a -j z -j DROP', 'multiple -j flags not allowed'],
    ['-A a -g z -j DROP', 'multiple -j flags not allowed'],
    ['[1:2] -A a -c 5 6', 'multiple -c flags not allowed'],
    ['-A a ! -p all', 'rule would never match protocol'],
    ['-A a -p 256', 'unknown protocol "256" specified'],
    ['-A a -p foo', 'unknown protocol "foo" specified'],
    ['-A a -i ""', 'Empty interface is likely to be undesired'],
    ['-A a -i 1234567890123456', "interface name `1234567890123456' must be shorter than IFNAMSIZ (15)"],
    ['-A INPUT -o eth0', "Can't use -o with INPUT"],
    ['-A OUTPUT -i eth0', "Can't use -i with OUTPUT"],
    ['-A a ! -s 1.2.3.4,5.6.7.8', '! not allowed with multiple source or destination IP addresses'],
    ['-A a -s 1.2.3.4/33', "invalid mask `33' specified"],
    ['-A a -s 1.2.3.4/', "invalid mask `' specified"],
    ['-A a -s 1.2.3.4/08', "invalid mask `08' specified"],
    ['-A a -s 1.2.3.4/255.0.0', "invalid mask `255.0.0' specified"],
    ['-A a -s 1.2.3.256', "host/network `1.2.3.256' not found"],
    ['-A a -s 10.0.0.1,', "host/network `' not found"],
    ['-A a -s www.example.org', "host/network `www.example.org' not found (names are not looked up)"],
    ['-A a -c 5', '-c requires packet and byte counter'],
    ['-A a -c x 5', '-c packet counter not numeric'],
    ['[1:2 -A a', 'need ] behind the counters'],
    ['[x:y] -A a', 'counters [x:y] are not [packets:octets]'],
    ['-A a -j ""', 'Invalid target name (too short)'],
    ['-A a -j a23456789012345678901234567890', "Invalid target name `a23456789012345678901234567890' (28 chars max)"],
    ['-A a -m a23456789012345678901234567890', 'Invalid match name "a23456789012345678901234567890" (28 chars max)'],
    ['-A a23456789012345678901234567890', "chain name `a23456789012345678901234567890' too long (must be under 29 chars)"],
    ['-A a -j INPUT', "a rule cannot jump to the built-in chain 'INPUT'"],
    ['-A a -g ACCEPT', "goto 'ACCEPT' is not a chain"],
    ['-A a --dport 22', 'unknown option "--dport" (it belongs to tcp: is -p, -m or -j missing in front of it?)'],
    ['-A a -p tcp -m tcp --dest 1.1.1.1', 'unknown option "--dest" (it is ambiguous)'],
    ['-A a --in eth0', 'unknown option "--in" (it is ambiguous)'],
    ['-A a -j MARK --set 1', 'unknown option "--set" (it is ambiguous)'],
    ['-A a -p tcp --dport', 'option "--dport" requires an argument'],
    ['-A a -p tcp --tcp-flags SYN', '--tcp-flags requires two args'],
    ['-A a -m comment ! --comment x', 'comment: option "--comment" cannot be inverted'],
    ['-A a -m mark --mark 1 --mark 2', 'mark: option "--mark" can only be used once'],
    ['-A a -s ! 1.2.3.4', 'Bad argument `1.2.3.4\' (the ! comes first: "! -s 1.2.3.4")'],
    ['-A a -i ! eth0', 'Bad argument `eth0\' (the ! comes first: "! -i eth0")'],
    ['-A a -m comment --comment "open', 'this quote is not closed'],
  ])('%s', (line, reason) => {
    expect(refusal(line, with4).reason).toBe(reason);
  });

  it('with a word that may have been meant', () => {
    expect(refusal('-A a -p tcp --dportt 22', with4).reason).toBe('unknown option "--dportt" (did you mean "--dport"?)');
    expect(refusal('-A a -p tcp -dport 22', with4).reason).toBe(
      'option "-d" wants its value as a word of its own (did you mean "--dport"?)',
    );
    expect(refusal('-A a -m coment', with4).reason).toBe("Couldn't load match 'coment' (did you mean \"comment\"?)");
    expect(refusal('-A a -j ACEPT', with4).reason).toBe("Couldn't load target 'ACEPT' (did you mean \"ACCEPT\"?)");
    expect(refusal('-A INPTU -j DROP', with4).reason).toBe('Chain \'INPTU\' does not exist (did you mean "INPUT"?)');
  });

  it('and told apart when hookline alone does not know it', () => {
    expect(refusal('-A a -m geoip --source-country A1', with4)).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      token: 'geoip',
      reason: "match 'geoip' is not evaluated for IPv4",
    });
    expect(refusal('-A a -j ROUTE', with4)).toMatchObject({ code: 'ERR_UNSUPPORTED', token: 'ROUTE' });
    expect(refusal('-A a -m nonesuch', with4).code).toBe('ERR_RULE_SYNTAX');
  });

  it('at its place in the file', () => {
    const error = refusal('-A a -j DROP\n-A a  -p tcp --bogus 1', { ...with4, file: 'fw' });
    expect(error.at).toEqual({ file: 'fw', line: 5, column: 14 });
    expect(error.message).toBe('fw:5:14: unknown option "--bogus"');
    expect(error.token).toBe('--bogus');
  });
});
