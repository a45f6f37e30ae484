/**
 * mh: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of mh (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-p mh -m mh --mh-type 1', '-p mobility-header -m mh --mh-type 1', 'mh 1'],
    ['-p mh -m mh --mh-type 1:3', '-p mobility-header -m mh --mh-type 1:3', 'mh 1:3'],
    ['-p mh -m mh ! --mh-type 1:3', '-p mobility-header -m mh ! --mh-type 1:3', 'mh !1:3'],
    ['-p mh -m mh --mh-type binding-refresh-request', '-p mobility-header -m mh --mh-type 0', 'mh 0'],
    ['-p mh -m mh --mh-type brr:bu', '-p mobility-header -m mh --mh-type 0:5', 'mh 0:5'],
    ['-p mh -m mh --mh-type be', '-p mobility-header -m mh --mh-type 7', 'mh 7'],
    ['-p mh -m mh --mh-type :3', '-p mobility-header -m mh --mh-type 0:3', 'mh 0:3'],
    ['-p mh -m mh --mh-type 3:', '-p mobility-header -m mh --mh-type 3:255', 'mh 3:255'],
    ['-p mh -m mh --mh-type :', '-p mobility-header -m mh', 'mh'],
    ['-p mh -m mh ! --mh-type :', '-p mobility-header -m mh', 'mh !0:255'],
    ['-p mh -m mh --mh-type 3:1', 'FAIL', 'Invalid MH type range (min > max)'],
    ['-p mh -m mh --mh-type 256', 'FAIL', "Invalid MH type `256'"],
    ['-p mh -m mh --mh-type foo', 'FAIL', "Invalid MH type `foo'"],
    ['-p mh -m mh --mh-type binding', '-p mobility-header -m mh --mh-type 0', 'mh 0'],
    ['-m mh --mh-type 5', 'FAIL', 'mh match: only valid for protocol mobility-header'],
    ['-p tcp -m mh --mh-type 5', 'FAIL', 'mh match: only valid for protocol mobility-header'],
    ['-p mh', '-p mobility-header'],
    ['-p mh -m mh --mh-type 0x3', '-p mobility-header -m mh --mh-type 3', 'mh 3'],
    ['-p mh -m mh --mh-type hoti', '-p mobility-header -m mh --mh-type 1', 'mh 1'],
    ['-p mh -m mh --mh-type home-test-init', '-p mobility-header -m mh --mh-type 1', 'mh 1'],
    ['-p mh -m mh --mh-type careof-test-init', '-p mobility-header -m mh --mh-type 2', 'mh 2'],
    ['-p mh -m mh --mh-type coti', '-p mobility-header -m mh --mh-type 2', 'mh 2'],
    ['-p mh -m mh --mh-type home-test', '-p mobility-header -m mh --mh-type 3', 'mh 3'],
    ['-p mh -m mh --mh-type hot', '-p mobility-header -m mh --mh-type 3', 'mh 3'],
    ['-p mh -m mh --mh-type careof-test', '-p mobility-header -m mh --mh-type 4', 'mh 4'],
    ['-p mh -m mh --mh-type cot', '-p mobility-header -m mh --mh-type 4', 'mh 4'],
    ['-p mh -m mh --mh-type binding-update', '-p mobility-header -m mh --mh-type 5', 'mh 5'],
    ['-p mh -m mh --mh-type bu', '-p mobility-header -m mh --mh-type 5', 'mh 5'],
    ['-p mh -m mh --mh-type binding-acknowledgement', '-p mobility-header -m mh --mh-type 6', 'mh 6'],
    ['-p mh -m mh --mh-type ba', '-p mobility-header -m mh --mh-type 6', 'mh 6'],
    ['-p mh -m mh --mh-type binding-error', '-p mobility-header -m mh --mh-type 7', 'mh 7'],
    ['-p mh -m mh --mh-type home', '-p mobility-header -m mh --mh-type 1', 'mh 1'],
    ['-p mh -m mh --mh-type careof', '-p mobility-header -m mh --mh-type 2', 'mh 2'],
    ['-p mh -m mh --mh-type b', '-p mobility-header -m mh --mh-type 0', 'mh 0'],
    ['-p mh -m mh --mh-type BRR', '-p mobility-header -m mh --mh-type 0', 'mh 0'],
    ['-p mh -m mh --mh-type ""', '-p mobility-header -m mh --mh-type 0', 'mh 0'],
    ['-p mh -m mh --mh-type 1:2:3', 'FAIL', "Invalid MH type `2:3'"],
    ['-p mh -m mh --mh-type 0:255', '-p mobility-header -m mh', 'mh'],
  ], { family: 6 });
});

const SIX = { family: 6 } as const;
const of = (octets: readonly number[]): Packet => packetOf(ipv6({ next: 135 }, octets));

describe('answers of mh', () => {
  checkAnswers(
    [
      ['-p mobility-header -m mh --mh-type 5', of([59, 0, 5, 0, 0, 0]), true, 'its type'],
      ['-p mobility-header -m mh ! --mh-type 4:6', of([59, 0, 5, 0, 0, 0]), false, 'its type'],
      ['-p mobility-header -m mh --mh-type 0:4', of([59, 0, 5, 0, 0, 0]), false, 'another type'],
      ['-p mobility-header -m mh', of([59, 0, 5, 0, 0]), 'hotdrop', 'cut off'],
      ['-p mobility-header -m mh', of([6, 0, 5, 0, 0, 0]), 'hotdrop', 'with a payload'],
      ['-p mobility-header -m mh', packetOf(ipv6({ next: 44 }, [135, 0, 0, 8, 0, 0, 0, 1, 9, 9])), false, 'a later fragment'],
    ],
    {},
    SIX,
  );
});
