import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { attachRules } from '../../../src/replay/attach.ts';
import { Replay, type ReplayOptions } from '../../../src/replay/replay.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { capture, tcpLine, udpLine } from '../../support/lines.ts';

const OUT = '10.0.0.2:1000 > 203.0.113.9:80';
const BACK = '203.0.113.9:80 > 10.0.0.2:1000';
const DROP_80 = '*filter\n-A FORWARD -p tcp --dport 80 -j DROP\n-A FORWARD -p udp --dport 80 -j DROP\nCOMMIT\n';

/** A letter a packet: u for one that would not have happened, . for all others, - for one left out. */
function marks(
  frames: Parameters<typeof capture>[0],
  rules: string,
  loop: ReplayOptions['loop'] | 'open' = 'marked',
  track = true,
): string {
  const engine = new Engine({ host: plainRouter() });
  attachRules(engine, parseRules(rules, { file: 'rules', family: 4 }), new SetStore());
  if (track) engine.conntrack.enable(4);
  const seen: string[] = Array.from({ length: frames.length }, () => '-');
  const replay: Replay = new Replay(engine, {
    sources: [{ capture: openCapture(capture(frames)), indev: 0, local: false }],
    fallback: 'sides',
    loop: loop === 'open' ? undefined : loop,
    onPacket: (packet) => {
      seen[packet.index] = replay.unreal ? 'u' : '.';
    },
  });
  while (replay.step(100));
  const unreal = [...replay.stats.byUnrealFate.values()].reduce((sum, packets) => sum + packets, 0);
  expect(unreal).toBe(seen.filter((letter) => letter === 'u').length);
  return seen.join('');
}

const HANDSHAKE = [tcpLine(OUT, 'S', 100), tcpLine(BACK, 'SA', 500, 101), tcpLine(OUT, 'A', 101, 501), tcpLine(OUT, 'PA', 101, 501, 'GET')];

describe('ClosedLoop', () => {
  it('marks everything that follows a dropped SYN', () => {
    expect(marks(HANDSHAKE, DROP_80)).toBe('.uuu');
    expect(marks(HANDSHAKE, DROP_80, 'marked', false)).toBe('.uuu');
  });

  it('marks nothing of connections that pass, and nothing when not asked', () => {
    expect(marks(HANDSHAKE, '*filter\n-A FORWARD -p tcp --dport 81 -j DROP\nCOMMIT\n')).toBe('....');
    expect(marks(HANDSHAKE, DROP_80, 'open')).toBe('....');
  });

  it('leaves them out when told', () => {
    expect(marks(HANDSHAKE, DROP_80, 'left out')).toBe('.---');
  });

  it('takes SYNs sent again for real, and forgets the flow when one passes', () => {
    const limited =
      '*filter\n-A FORWARD -p tcp --syn --dport 80 -m limit --limit 1/min --limit-burst 1 -j ACCEPT\n-A FORWARD -p tcp --syn --dport 80 -j DROP\nCOMMIT\n';
    const other = tcpLine('10.0.0.2:999 > 203.0.113.9:80', 'S');
    const again = tcpLine(OUT, 'S', 100);
    expect(marks([other, again, again, tcpLine(BACK, 'SA', 500, 101)], limited)).toBe('...u');
    const later = [
      [0, other],
      [1, again],
      [70, again],
      [71, HANDSHAKE[1]!],
      [72, HANDSHAKE[2]!],
    ] as const;
    expect(marks(later, limited)).toBe('.....');
  });

  it('marks answers to datagrams only', () => {
    const frames = [udpLine(OUT), udpLine(BACK), udpLine(OUT), udpLine(BACK)];
    expect(marks(frames, DROP_80)).toBe('.u.u');
  });

  it('says nothing of a connection whose middle is dropped', () => {
    const frames = [tcpLine(OUT, 'A', 101, 501), tcpLine(BACK, 'A', 501, 102)];
    expect(marks(frames, DROP_80)).toBe('..');
  });

  it('forgets after five minutes', () => {
    expect(
      marks(
        [
          [0, HANDSHAKE[0]!],
          [301, HANDSHAKE[1]!],
        ] as const,
        DROP_80,
      ),
    ).toBe('..');
  });

  it('counts the same whether somebody looks at the packets or not', () => {
    const other = HANDSHAKE.length;
    const passing = ['10.0.0.7:1 > 203.0.113.9:443', '10.0.0.8:1 > 203.0.113.9:443'].flatMap((line) => {
      const back = line.split(' > ').reverse().join(' > ');
      return [
        tcpLine(line, 'S', 100),
        tcpLine(back, 'SA', 500, 101),
        ...Array.from({ length: 9 }, () => tcpLine(line, 'A', 101, 501)),
        tcpLine(line, 'S', 7000),
        tcpLine(back, 'A', 501, 101),
      ];
    });
    const frames = [...passing.slice(0, 9), ...HANDSHAKE, ...passing.slice(9), udpLine(OUT), udpLine(BACK)];
    const counts = [false, true].map((looks) => {
      const engine = new Engine({ host: plainRouter() });
      attachRules(engine, parseRules(DROP_80, { file: 'rules', family: 4 }), new SetStore());
      engine.conntrack.enable(4);
      const replay = new Replay(engine, {
        sources: [{ capture: openCapture(capture(frames)), indev: 0, local: false }],
        fallback: 'sides',
        loop: 'marked',
        ...(looks ? { onPacket: () => undefined } : {}),
      });
      while (replay.step(100));
      const { byFate, byUnrealFate } = replay.stats;
      return { fates: [...byFate], unreal: [...byUnrealFate] };
    });
    expect(counts[0]).toEqual(counts[1]);
    expect(counts[0]!.unreal.reduce((sum, [, packets]) => sum + packets, 0)).toBe(other);
  });
});
