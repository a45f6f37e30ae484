import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Host } from '../../../../src/host/host.ts';
import { Random } from '../../../../src/inet/random.ts';
import { decodeNetwork } from '../../../../src/packet/decode.ts';
import { Packet } from '../../../../src/packet/packet.ts';
import type { Services } from '../../../../src/xtables/services.ts';
import { matchOf } from '../../../support/match-lab.ts';

const BOTH = [
  '-m string --string "abc" --algo bm --icase --to 900',
  '-m u32 --u32 "0>>22&0x3c@0>>16&0xff@4=1:9&&6&0xff=17"',
  '-m bpf --bytecode "5,177 0 0 0,80 0 0 13,32 0 0 4294963252,40 0 0 4293918720,6 0 0 1"',
  '-m hashlimit --hashlimit-upto 9/sec --hashlimit-mode srcip,dstip,srcport,dstport --hashlimit-name x --hashlimit-htable-max 20 --hashlimit-htable-size 20',
  '-m recent --set --rsource --name a',
  '-m recent --update --seconds 5 --hitcount 3 --rttl --reap --name a',
  '-m quota --quota 900',
  '-m time --weekdays Mon --timestart 3:00 --timestop 1:00',
  '-p dccp -m dccp --sport 1:9 ! --dccp-types ACK ! --dccp-option 3',
  '-p ipcomp -m ipcomp --ipcompspi 3:',
];
const V6 = [
  '-m rt --rt-type 0 --rt-0-addrs ::1,::2 --rt-0-not-strict',
  '-m rt ! --rt-segsleft 3 --rt-len 40',
  '-m frag --fragid 1: --fragres --fraglast',
  '-m hbh --hbh-opts 1,2:3,0,5',
  '-m dst --dst-len 8 --dst-opts 0,0,1',
  '-m ipv6header --header hop,frag',
  '-m ipv6header ! --header hop,auth --soft',
  '-p mobility-header -m mh --mh-type 3',
  '-m srh --srh-segs-left-gt 0 --srh-tag 7 --srh-psid ::/0 ! --srh-nsid fd00::/8 --srh-lsid ::1',
  '-m eui64',
];

const services = (): Partial<Services> => {
  const made = new Map<string, unknown>();
  return {
    host: { loopback: 2 } as Host,
    random: new Random(1),
    shared: <T>(kind: string, name: string, make: () => T): T => {
      if (!made.has(kind + name)) made.set(kind + name, make());
      return made.get(kind + name) as T;
    },
  };
};

/** Octets that look like a packet: the first ones of an IP header, then headers of every kind. */
const frames = (family: 4 | 6): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: family === 4 ? 20 : 40, maxLength: 160 }).chain((octets) =>
    fc.constantFrom(0, 6, 17, 33, 43, 44, 50, 51, 59, 60, 108, 135).map((protocol) => {
      const bytes = octets.slice();
      if (family === 4) {
        bytes[0] = 0x45 + (bytes[0]! & 1);
        bytes[2] = 0;
        bytes[3] = bytes.length;
        bytes[9] = protocol;
      } else {
        bytes[0] = 0x60;
        bytes[4] = 0;
        bytes[5] = bytes.length - 40;
        bytes[6] = protocol;
        for (let at = 40; at + 1 < bytes.length; at += 8) {
          bytes[at] = [0, 43, 44, 51, 60, 17, 135, 59][bytes[at]! & 7]!;
          bytes[at + 1]! &= 3;
        }
      }
      return bytes;
    }),
  );

for (const family of [4, 6] as const) {
  describe(`matches on any IPv${family} packet`, () => {
    for (const rule of family === 4 ? BOTH : [...BOTH, ...V6]) {
      it(`${rule} reads nothing beyond it and does not throw`, () => {
        const match = matchOf(rule, services(), { family });
        let second = 1_700_000_000;
        fc.assert(
          fc.property(frames(family), fc.boolean(), (bytes, link) => {
            const packet = new Packet();
            // Exactly as large as the frame: a read beyond it would throw.
            packet.view = new DataView(bytes.buffer);
            packet.bytes = bytes;
            packet.end = bytes.length;
            packet.wireLength = bytes.length;
            packet.network = 0;
            decodeNetwork(packet);
            if (packet.family !== family) return;
            packet.nowUs = second++ * 1e6;
            packet.link = link ? 0 : -1;
            packet.etherType = 0x86dd;
            match(packet);
          }),
          { numRuns: 300 },
        );
      });
    }
  });
}
