import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { attachRules } from '../../../src/replay/attach.ts';
import { Replay } from '../../../src/replay/replay.ts';
import { type FlowRow, FlowTable } from '../../../src/tally/flow-table.ts';
import { Timeline } from '../../../src/tally/timeline.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { capture, pingLine, tcpLine, udpLine } from '../../support/lines.ts';

const RULES =
  '*nat\n-A POSTROUTING -p udp -j SNAT --to-source 198.51.100.1:7000\nCOMMIT\n*filter\n-A FORWARD -p tcp --dport 23 -j DROP\nCOMMIT\n';

function flowsOf(frames: Parameters<typeof capture>[0], max?: number): { rows: FlowRow[]; evicted: FlowRow[]; table: FlowTable } {
  const engine = new Engine({ host: plainRouter() });
  attachRules(engine, parseRules(RULES, { file: 'rules', family: 4 }), new SetStore());
  const evicted: FlowRow[] = [];
  const options = max === undefined ? {} : { max, onEvict: (row: FlowRow) => evicted.push(row) };
  const table = new FlowTable({ conntrack: engine.conntrack, ...options });
  const replay = new Replay(engine, {
    sources: [{ capture: openCapture(capture(frames)), indev: 0, local: false }],
    fallback: 'sides',
    beforePacket: (packet) => table.look(packet),
    onPacket: (packet, outcome) => table.take(packet, outcome),
  });
  while (replay.step(1000));
  return { rows: [...table.rows()], evicted, table };
}

describe('FlowTable', () => {
  it('counts both directions of a flow, from whoever sent first', () => {
    const { rows } = flowsOf([
      tcpLine('10.0.0.2:1000 > 203.0.113.9:80', 'S'),
      tcpLine('203.0.113.9:80 > 10.0.0.2:1000', 'SA', 500, 101),
      tcpLine('10.0.0.2:1000 > 203.0.113.9:80', 'A', 101, 501),
      pingLine('10.0.0.2 > 203.0.113.9', 8, 1),
    ]);
    expect(rows).toMatchObject([
      {
        protocol: 6,
        source: '10.0.0.2',
        sourcePort: 1000,
        destination: '203.0.113.9',
        destinationPort: 80,
        packets: 2,
        replyPackets: 1,
        octets: 108,
        firstPacket: 0,
        dropped: 0,
        firstDrop: -1,
      },
      { protocol: 1, sourcePort: -1, packets: 1, firstPacket: 3 },
    ]);
    expect(rows[0]!.lastUs - rows[0]!.firstUs).toBe(2e6);
  });

  it('notes what dropped it first', () => {
    const syn = tcpLine('10.0.0.2:1000 > 203.0.113.9:23', 'S');
    const { rows } = flowsOf([udpLine('10.0.0.3:1 > 203.0.113.9:1'), syn, syn]);
    expect(rows[1]).toMatchObject({ dropped: 2, droppedOctets: 108, firstDrop: 1, dropStage: 2 });
    expect(rows[1]!.dropRule).toBeGreaterThanOrEqual(0);
  });

  it('tells translations, and puts answers to them into the flow they belong to', () => {
    const { rows } = flowsOf([udpLine('10.0.0.2:5000 > 203.0.113.9:53'), udpLine('203.0.113.9:53 > 198.51.100.1:7000')]);
    expect(rows).toMatchObject([
      { source: '10.0.0.2', natSource: '198.51.100.1', natSourcePort: 7000, natDestination: '', packets: 1, replyPackets: 1 },
    ]);
  });

  it('hands on the flows that were idle longest when it is full, and loses no packet', () => {
    const frames = Array.from({ length: 40 }, (_, i) => udpLine(`10.0.0.2:${1000 + (i % 20)} > 203.0.113.9:9`));
    const { rows, evicted, table } = flowsOf(frames, 8);
    expect(rows.length).toBeLessThanOrEqual(8);
    expect([...rows, ...evicted].reduce((sum, { packets }) => sum + packets, 0)).toBe(40);
    expect(table.omittedPackets).toBe(0);
  });
});

describe('Timeline', () => {
  it('keeps every count while its buckets get longer', () => {
    const timeline = new Timeline();
    for (let i = 0; i < 5000; i++) {
      timeline.count(1e15 + i * 7e5, i % 3 === 0 ? 'dropped' : 'forwarded');
      if (i % 10 === 0) timeline.level(1e15 + i * 7e5, i);
    }
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    expect([sum(timeline.of('dropped')), sum(timeline.of('forwarded'))]).toEqual([1667, 3333]);
    expect(timeline.used).toBeLessThanOrEqual(512);
    const levels = timeline.levels();
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels.at(-1)).toBe(4990);
  });
});
