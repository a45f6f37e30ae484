import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explanationText, WatchedEngine } from '../../../src/explain/index.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { finish, sum16 } from '../../../src/inet/checksum.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { Machine } from '../../../src/replay/machine.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';

const RULES = `*nat
-A POSTROUTING -o eth1 -j MASQUERADE
COMMIT
*filter
:WEB - [0:0]
-A FORWARD -m conntrack --ctstate INVALID -j DROP
-A FORWARD -p tcp -g WEB
-A FORWARD -m length --length 0:40 -j REJECT
-A WEB -p tcp -m multiport --dports 80,443 -j ACCEPT
-A WEB -m ttl --ttl-lt 5 -j RETURN
-A WEB -j LOG
COMMIT
`;

const rules = (): RuleSet => parseRules(RULES, { file: 'rules', family: 4 });

/** Octets of an IPv4 packet with a header that the host accepts. */
const datagram = fc
  .tuple(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 6, 6, 17, 47, 132, 255), fc.nat(255))
  .map(([rest, protocol, ttl]) => {
    const octets = Uint8Array.from([0x45, 0, 0, 20 + rest.length, 0, 1, 0, 0, ttl, protocol, 0, 0, 10, 0, 0, 2, 198, 51, 100, 7, ...rest]);
    const view = new DataView(octets.buffer);
    view.setUint16(10, finish(sum16(view, 0, 20)));
    return octets;
  });

function aim(packet: Packet, octets: Uint8Array, index: number): void {
  packet.reset();
  packet.blank(octets.length);
  packet.bytes.set(octets, packet.start);
  packet.nowUs = 1e15 + index;
  packet.index = index;
  decode(packet, LinkType.Raw);
  packet.indev = 1;
}

describe('explaining any packets', () => {
  it('gives them the fate that a machine gives them, whatever they hold', () => {
    let hooks = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(datagram, fc.uint8Array({ maxLength: 60 })), { minLength: 1, maxLength: 12 }), (packets) => {
        const plain = new Machine(plainRouter()).attach(rules());
        const watched = new WatchedEngine({ host: plainRouter(), rules: [rules()], sets: new SetStore(), all: true });
        watched.watching = true;
        const packet = new Packet();
        packets.forEach((octets, index) => {
          aim(packet, octets, index);
          const { verdict, reason, at } = plain.receive(packet).snapshot();
          aim(packet, octets, index);
          watched.receive(packet);
          const told = watched.told!;
          hooks += told.journeys[0]!.hooks.length;
          expect([told.verdict, told.drop?.code ?? '', told.drop?.at ?? '']).toEqual([verdict, reason, at]);
          expect(explanationText(told).join('\n')).not.toMatch(/undefined|NaN|null/);
        });
        expect(watched.engine.conntrack.dump(2e15)).toEqual(plain.conntrack.dump(2e15));
        expect(watched.engine.conntrack.stats).toEqual(plain.conntrack.stats);
      }),
      { numRuns: 150 },
    );
    expect(hooks).toBeGreaterThan(150);
  });
});
