/**
 * policy: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of policy', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m policy --dir in --pol ipsec', '=', 'policy match dir in pol ipsec'],
  ['-m policy --dir in --pol none', '=', 'policy match dir in pol none'],
  ['-m policy --dir out --pol none', '=', 'policy match dir out pol none'],
  ['-m policy --dir fwd --pol none', 'FAIL', 'policy_match: invalid dir "fwd"'],
  ['-m policy --pol none', 'FAIL', 'policy match: neither --dir in nor --dir out specified'],
  ['-m policy --dir in', '-m policy --dir in --pol ipsec', 'policy match dir in pol ipsec'],
  ['-m policy --dir in --pol none --next', 'FAIL', 'policy: option "--next" also requires "--strict"'],
  ['-m policy --dir in --pol ipsec --reqid 4294967296', 'FAIL', 'policy: bad value for option "--reqid", or out of range (0-4294967295)'],
  ['-m policy --dir in --pol ipsec --tunnel-src 1.1.1.1 --mode tunnel', '-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 1.1.1.1', 'policy match dir in pol ipsec mode tunnel tunnel-src 1.1.1.1'],
  ['-m policy --dir in --pol ipsec --mode tunnel ! --tunnel-src 1.1.1.1', '=', 'policy match dir in pol ipsec mode tunnel ! tunnel-src 1.1.1.1'],
  ['-m policy --dir in --pol ipsec --proto ah --proto esp', 'FAIL', 'policy match: double --proto option'],
  ['-m policy --dir in --pol ipsec --strict --reqid 1 --next', 'FAIL', 'policy match: empty policy element 1. --strict is in effect, but at least one of reqid, spi, tunnel-src, tunne'],
  ['-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2 --next --reqid 3 --next --reqid 4', '=', 'policy match dir in pol ipsec strict [0] reqid 1 [1] reqid 2 [2] reqid 3 [3] reqid 4'],
  ['-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2 --next --reqid 3 --next --reqid 4 --next --reqid 5', 'FAIL', 'policy match: maximum policy depth reached'],
  ['-m policy --dir in --pol ipsec --proto 50', '-m policy --dir in --pol ipsec --proto esp', 'policy match dir in pol ipsec proto 50'],
  ['-m policy --dir in --pol ipsec --proto ipcomp', '=', 'policy match dir in pol ipsec proto 108'],
  ['-m policy --dir in --pol ipsec --proto 108', '-m policy --dir in --pol ipsec --proto ipcomp', 'policy match dir in pol ipsec proto 108'],
  ['-m policy --dir in --pol ipsec --proto x', 'FAIL', 'unknown protocol "x" specified'],
  ['-m policy --dir in --pol ipsec --next', 'FAIL', 'policy: option "--next" also requires "--strict"'],
  ['-m policy --dir in --pol ipsec --strict --spi 0x10 --next --spi 17', '-m policy --dir in --pol ipsec --strict --spi 0x10 --next --spi 0x11', 'policy match dir in pol ipsec strict [0] spi 0x10 [1] spi 0x11'],
  ['-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 1.1.1.1/24 --tunnel-dst 2.2.2.2/16', '-m policy --dir in --pol ipsec --mode tunnel --tunnel-dst 2.2.2.2/16 --tunnel-src 1.1.1.1/24', 'policy match dir in pol ipsec mode tunnel tunnel-dst 2.2.2.2/16 tunnel-src 1.1.1.1/24'],
  ['-m policy ! --dir in --pol ipsec', 'FAIL', 'policy: option "--dir" cannot be inverted'],
  ['-m policy --dir in ! --pol ipsec', 'FAIL', 'policy: option "--pol" cannot be inverted'],
  ['-m policy --dir in --pol ipsec ! --strict --reqid 1', 'FAIL', 'policy: option "--strict" cannot be inverted'],
  ['-m policy --dir in --dir out --pol none', 'FAIL', 'policy: option "--dir" can only be used once'],
  ['-m policy --dir in --pol ipsec --tunnel-src 1.1.1.1', 'FAIL', 'policy match: --tunnel-src/--tunnel-dst is only valid in tunnel mode'],
  ['-m policy --dir in --pol ipsec --reqid 1 --reqid 2', 'FAIL', 'policy match: double --reqid option'],
  ['-m policy --dir in --pol ipsec --spi x', 'FAIL', 'policy: bad value for option "--spi", or out of range (0-4294967295)'],
  ['-m policy --dir out --pol ipsec --mode tunnel --tunnel-src 1.1.1.1', '=', 'policy match dir out pol ipsec mode tunnel tunnel-src 1.1.1.1'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m policy --dir in --pol none', 'FAIL', 'policy match: used from hooks OUTPUT, but only usable from PREROUTING/INPUT/FORWARD'],
], { chain: 'OUTPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m policy --dir out --pol none', 'FAIL', 'policy match: used from hooks INPUT, but only usable from FORWARD/OUTPUT/POSTROUTING'],
  ['-m policy --dir in --pol ipsec --strict', 'FAIL', 'policy match: empty policy element 0. --strict is in effect, but at least one of reqid, spi, tunnel-src, tunne'],
  ['-m policy --dir in --pol ipsec --strict --reqid 1 --spi 0x1 --proto esp --mode tunnel --tunnel-dst 10.0.0.0/8 --tunnel-src 10.0.0.0/8 --next --reqid 2', '=', 'policy match dir in pol ipsec strict [0] reqid 1 spi 0x1 proto 50 mode tunnel tunnel-dst 10.0.0.0/8 tunnel-src 10.0.0.0/8 [1] reqid 2'],
  ['-m policy --dir in --pol ipsec --reqid 1 ! --spi 5 ! --proto esp ! --mode transport', '-m policy --dir in --pol ipsec --reqid 1 ! --spi 0x5 ! --proto esp ! --mode transport', 'policy match dir in pol ipsec reqid 1 ! spi 0x5 ! proto 50 ! mode transport'],
  ['-m policy --dir in --pol none --reqid 1', '-m policy --dir in --pol none', 'policy match dir in pol none'],
  ['-m policy --dir in --pol ipsec --reqid 1 --next --reqid 2', 'FAIL', 'policy: option "--next" also requires "--strict"'],
  ['-m policy --dir in --pol ipsec --mode foo', 'FAIL', 'policy match: invalid mode "foo"'],
  ['-m policy --dir in --pol ipsec --proto tcp', 'FAIL', 'policy match: protocol must be ah/esp/ipcomp'],
  ['-m policy --dir in --pol ipsec --strict --mode transport --tunnel-src 1.1.1.1', 'FAIL', 'policy match: --tunnel-src/--tunnel-dst is only valid in tunnel mode'],
  ['-m policy --dir in --pol none --strict', 'FAIL', 'policy match: policy none but --strict given'],
  ['-m policy --dir x --pol none', 'FAIL', 'policy_match: invalid dir "x"'],
  ['-m policy --dir in --pol x', 'FAIL', 'policy match: invalid policy "x"'],
], { chain: 'INPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m policy --dir out --pol none', 'FAIL', 'policy match: used from hooks PREROUTING, but only usable from FORWARD/OUTPUT/POSTROUTING'],
], { table: 'mangle', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-src 2001:db8::/32', '=', 'policy match dir in pol ipsec strict mode tunnel tunnel-src 2001:db8::/32'],
], { family: 6, chain: 'INPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 2001:db8::1', '=', 'policy match dir in pol ipsec mode tunnel tunnel-src 2001:db8::1'],
  ['-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 1.1.1.1', 'FAIL', 'policy: "1.1.1.1" is no address (names are not looked up)'],
], { family: 6 });
});

describe('answers of policy, where no IPsec is', () => {
  const packet = packetOf(ipv4({}));
  checkAnswers([
    ['-m policy --dir in --pol none', packet, true, 'none'],
    ['-m policy --dir in --pol ipsec', packet, false, 'any'],
    ['-m policy --dir out --pol ipsec ! --reqid 1', packet, false, 'any but one'],
  ]);
});
