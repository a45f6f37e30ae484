/**
 * tcp: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { fragment6, type Ipv4Fields, ipv4, ipv6, packetOf, tcp, type TcpFields } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of tcp', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p tcp -m tcp', '=', 'tcp'],
  ['-p tcp -m tcp --sport 1', '=', 'tcp spt:1'],
  ['-p tcp -m tcp --sport 1:10 ! --dport 20:30', '=', 'tcp spts:1:10 dpts:!20:30'],
  ['-p tcp -m tcp --sport :', '-p tcp -m tcp', 'tcp'],
  ['-p tcp -m tcp ! --sport :', '-p tcp -m tcp', 'tcp spts:!0:65535'],
  ['-p tcp -m tcp --sport ssh', '-p tcp -m tcp --sport 22', 'tcp spt:22'],
  ['-p tcp -m tcp --sport ssh:http', '-p tcp -m tcp --sport 22:80', 'tcp spts:22:80'],
  ['-p tcp -m tcp --sport nosuch', 'FAIL', "invalid port/service `nosuch' specified"],
  ['-p tcp -m tcp --sport 0x16', '-p tcp -m tcp --sport 22', 'tcp spt:22'],
  ['-p tcp -m tcp --sport 022', '-p tcp -m tcp --sport 18', 'tcp spt:18'],
  ['-p tcp -m tcp --sport 4:3', 'FAIL', 'invalid portrange (min > max)'],
  ['-p tcp -m tcp --sport 65536', 'FAIL', "invalid port/service `65536' specified"],
  ['-p tcp -m tcp --sport 1:65536', 'FAIL', "invalid port/service `65536' specified"],
  ['-p tcp -m tcp --sport -1', 'FAIL', "invalid port/service `-1' specified"],
  ['-p tcp -m tcp --sport ""', 'FAIL', "invalid port/service `' specified"],
  ['-p tcp -m tcp --sport 1 --sport 2', 'FAIL', 'tcp: option "--source-port" can only be used once'],
  ['-p tcp -m tcp --sport 1 --source-port 2', 'FAIL', 'tcp: option "--source-port" can only be used once'],
  ['-p tcp -m tcp --sport 1:2:3', 'FAIL', "invalid port/service `2:3' specified"],
  ['-p tcp -m tcp --sport " 5"', '-p tcp -m tcp --sport 5', 'tcp spt:5'],
  ['-p tcp -m tcp --sport +5', '-p tcp -m tcp --sport 5', 'tcp spt:5'],
  ['-p tcp -m tcp --sport 5-7', 'FAIL', "invalid port/service `5-7' specified"],
  ['-p tcp -m tcp --source-port 5', '-p tcp -m tcp --sport 5', 'tcp spt:5'],
  ['-p tcp -m tcp --destination-port 5', '-p tcp -m tcp --dport 5', 'tcp dpt:5'],
  ['-p tcp -m tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', 'tcp flags:0x17/0x02'],
  ['-p tcp -m tcp ! --syn', '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN', 'tcp flags:!0x17/0x02'],
  ['-p tcp -m tcp --syn --tcp-flags ALL NONE', 'FAIL', "Only one of `--syn' or `--tcp-flags' allowed"],
  ['-p tcp -m tcp --tcp-flags ALL NONE', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE', 'tcp flags:0x3F/0x00'],
  ['-p tcp -m tcp --tcp-flags NONE NONE', '-p tcp -m tcp', 'tcp'],
  ['-p tcp -m tcp ! --tcp-flags NONE NONE', '=', 'tcp flags:!0x00/0x00'],
  ['-p tcp -m tcp --tcp-flags ALL ALL', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,SYN,RST,PSH,ACK,URG', 'tcp flags:0x3F/0x3F'],
  ['-p tcp -m tcp --tcp-flags syn,ack SYN', '-p tcp -m tcp --tcp-flags SYN,ACK SYN', 'tcp flags:0x12/0x02'],
  ['-p tcp -m tcp --tcp-flags SYN,ACK RST', '=', 'tcp flags:0x12/0x04'],
  ['-p tcp -m tcp --tcp-flags SYN,ECE ECE', 'FAIL', "Unknown TCP flag `ECE'"],
  ['-p tcp -m tcp --tcp-flags SYN,,ACK SYN', '-p tcp -m tcp --tcp-flags SYN,ACK SYN', 'tcp flags:0x12/0x02'],
  ['-p tcp -m tcp --tcp-flags SYN', 'FAIL', '--tcp-flags requires two args'],
  ['-p tcp -m tcp --tcp-flags "" SYN', '-p tcp -m tcp', 'tcp'],
  ['-p tcp -m tcp --tcp-flags SYN,RST,ACK,FIN,PSH,URG FIN,SYN', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,SYN', 'tcp flags:0x3F/0x03'],
  ['-p tcp -m tcp --tcp-option 5', '=', 'tcp option=5'],
  ['-p tcp -m tcp ! --tcp-option 5', '=', 'tcp option=!5'],
  ['-p tcp -m tcp --tcp-option 0', 'FAIL', 'Bad TCP option "0"'],
  ['-p tcp -m tcp --tcp-option 256', 'FAIL', 'Bad TCP option "256"'],
  ['-p tcp -m tcp --tcp-option x', 'FAIL', 'Bad TCP option "x"'],
  ['-p tcp -m tcp --tcp-option 0x10', '-p tcp -m tcp --tcp-option 16', 'tcp option=16'],
  ['-p tcp -m tcp ! --tcp-option 0', 'FAIL', 'Bad TCP option "0"'],
  ['-p tcp -m tcp ! --sport 5 --tcp-option 3 ! --syn ! --dport 7', '-p tcp -m tcp ! --sport 5 ! --dport 7 --tcp-option 3 ! --tcp-flags FIN,SYN,RST,ACK SYN', 'tcp spt:!5 dpt:!7 option=3 flags:!0x17/0x02'],
  ['-p ! tcp -m tcp', 'FAIL', `Bad argument \`tcp' (the ! comes first: "! -p tcp")`],
  ['! -p tcp -m tcp', 'FAIL', 'tcp match: only valid for protocol tcp'],
  ['-m tcp --dport 1', 'FAIL', 'tcp match: only valid for protocol tcp'],
  ['-p udp -m tcp --dport 1', 'FAIL', 'tcp match: only valid for protocol tcp'],
  ['-p tcp -m tcp --sport bootps', 'FAIL', "invalid port/service `bootps' specified"],
  ['-p tcp -m tcp --sport x11', '-p tcp -m tcp --sport 6000', 'tcp spt:6000'],
  ['-p tcp -m tcp --sport SSH', 'FAIL', "invalid port/service `SSH' specified"],
  ['-p tcp -m tcp --sport ssh:', '-p tcp -m tcp --sport 22:65535', 'tcp spts:22:65535'],
  ['-p tcp -m tcp --sport x11-1', '-p tcp -m tcp --sport 6001', 'tcp spt:6001'],
  ['-p tcp -m tcp --sport gds-db', '-p tcp -m tcp --sport 3050', 'tcp spt:3050'],
  ['-p tcp -m tcp --tcp-flags SYN,ACK,FOO SYN', 'FAIL', "Unknown TCP flag `FOO'"],
  ['-p tcp -m tcp --tcp-flags SYN ALL,ACK', '-p tcp -m tcp --tcp-flags SYN FIN,SYN,RST,PSH,ACK,URG', 'tcp flags:0x02/0x3F'],
]);
});

const segment = (fields: TcpFields = {}, ip: Ipv4Fields = {}): Packet => packetOf(ipv4(ip, tcp(fields)));
const segment6 = (fields: TcpFields = {}): Packet => packetOf(ipv6({}, tcp(fields)));
const FIN = 1;
const SYN = 2;
const ACK = 16;
const ECE = 64;
const CWR = 128;

describe('answers of tcp', () => {
  checkAnswers([
    ['-p tcp -m tcp --sport 1234', segment({ sport: 1234 }), true, 'that port'],
    ['-p tcp -m tcp --sport 1234', segment({ sport: 1235 }), false, 'another port'],
    ['-p tcp -m tcp ! --sport 1234', segment({ sport: 1235 }), true, 'another port'],
    ['-p tcp -m tcp --dport 80:90', segment({ dport: 80 }), true, 'first of the range'],
    ['-p tcp -m tcp --dport 80:90', segment({ dport: 90 }), true, 'last of the range'],
    ['-p tcp -m tcp --dport 80:90', segment({ dport: 79 }), false, 'before the range'],
    ['-p tcp -m tcp --dport 80:90', segment({ dport: 91 }), false, 'behind the range'],
    ['-p tcp -m tcp ! --dport 80:90', segment({ dport: 91 }), true, 'behind the range'],
    ['-p tcp -m tcp ! --dport :', segment(), false, 'no port is outside all'],
    ['-p tcp -m tcp --sport 1 --dport 2', segment({ sport: 1, dport: 3 }), false, 'one of two'],
    ['-p tcp -m tcp --syn', segment({ flags: SYN }), true, 'SYN'],
    ['-p tcp -m tcp --syn', segment({ flags: SYN | ECE | CWR }), true, 'SYN with ECN set up'],
    ['-p tcp -m tcp --syn', segment({ flags: SYN | ACK }), false, 'SYN|ACK'],
    ['-p tcp -m tcp --syn', segment({ flags: SYN | FIN }), false, 'SYN|FIN'],
    ['-p tcp -m tcp ! --syn', segment({ flags: ACK }), true, 'ACK'],
    ['-p tcp -m tcp --tcp-flags ALL NONE', segment({ flags: ECE }), true, 'ECE is none of ALL'],
    ['-p tcp -m tcp --tcp-flags ALL NONE', segment({ flags: FIN }), false, 'a flag is set'],
    ['-p tcp -m tcp --tcp-flags SYN,ACK RST', segment({ flags: 4 }), false, 'a flag outside the mask never compares equal'],
    ['-p tcp -m tcp ! --tcp-flags NONE NONE', segment(), false, 'nothing always equals nothing'],
    ['-p tcp -m tcp --sport 1234', segment6({ sport: 1234 }), true, 'IPv6'],
  ]);
});

describe('answers of tcp --tcp-option', () => {
  checkAnswers([
    ['-p tcp -m tcp --tcp-option 5', segment({ options: [5, 4, 0, 0] }), true, 'first option'],
    ['-p tcp -m tcp --tcp-option 5', segment({ options: [1, 1, 5, 2] }), true, 'behind padding'],
    ['-p tcp -m tcp --tcp-option 5', segment({ options: [2, 4, 5, 5] }), false, 'inside another option'],
    ['-p tcp -m tcp ! --tcp-option 5', segment({ options: [2, 4, 5, 5] }), true, 'inside another option'],
    ['-p tcp -m tcp --tcp-option 5', segment(), false, 'no options'],
    ['-p tcp -m tcp ! --tcp-option 5', segment(), true, 'no options'],
    ['-p tcp -m tcp --tcp-option 9', segment({ options: [3, 0, 9, 2] }), true, 'a length of 0 counts as 1: its octet is the next kind'],
    ['-p tcp -m tcp --tcp-option 7', segment({ options: [8, 3, 0, 7] }), true, 'the last octet may be a kind'],
    ['-p tcp -m tcp --tcp-option 5', segment({ dataOffset: 4 }), 'hotdrop', 'a header shorter than a header'],
    ['-p tcp -m tcp --tcp-option 5', segment({ dataOffset: 6 }), 'hotdrop', 'options that are not there'],
    ['-p tcp -m tcp --sport 1 --tcp-option 5', segment({ sport: 2, dataOffset: 6 }), false, 'ports are compared first'],
    ['-p tcp -m tcp --sport 1234', segment({ dataOffset: 4 }), true, 'the length does not matter to ports'],
  ]);
});

describe('tcp and packets without a whole header', () => {
  const later = (fragOffset: number): Packet => segment({}, { fragOffset });
  checkAnswers([
    ['-p tcp -m tcp --dport 80', packetOf(ipv4({}, tcp().slice(0, 19))), 'hotdrop', '19 octets'],
    ['-p tcp -m tcp', packetOf(ipv4({}, tcp().slice(0, 20))), true, '20 octets'],
    ['-p tcp -m tcp', later(8), 'hotdrop', 'a fragment 8 octets in'],
    ['-p tcp -m tcp', later(16), false, 'a fragment 16 octets in'],
    ['-p tcp -m tcp ! --dport 1', later(16), false, 'a later fragment has no port, not even another'],
    ['-p tcp -m tcp', packetOf(ipv4({ moreFragments: true }, tcp())), true, 'the first fragment'],
    ['-p tcp -m tcp', packetOf(ipv6({ next: 44 }, fragment6(6, 8, false, tcp()))), false, 'an IPv6 fragment 8 octets in'],
    ['-p tcp -m tcp', packetOf(ipv6({ next: 44 }, fragment6(6, 0, true, tcp()))), true, 'the first IPv6 fragment'],
    ['-p tcp -m tcp', packetOf(ipv6({}, tcp().slice(0, 10))), 'hotdrop', '10 octets over IPv6'],
  ]);
});
