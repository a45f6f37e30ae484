/**
 * A capture that comes from a pipe is replayed in constant memory, however long it is. `npm run bench -- --stream 20G` does the same
 * with millions of connections.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { build } from '../../src/packet/build.ts';
import { ethernet, ipv4, payload, udp } from '../../src/packet/build-layers.ts';
import { pcapFile } from '../support/capture-octets.ts';
import { MAIN, ROOT } from '../support/cli.ts';

const RECORDS = 4000;
/** Prints the peak at the end, KiB. */
const TELL_PEAK = "data:text/javascript,process.on('exit',()=>process.stderr.write(`peak ${process.resourceUsage().maxRSS}`))";

/** Peak resident memory of a replay of `blocks` times 4000 packets, MiB, and the packets it counted. */
async function replayed(blocks: number): Promise<{ peak: number; packets: number }> {
  const frame = build(
    ethernet('02:00:00:00:00:01', '02:00:00:00:00:02'),
    ipv4('10.0.0.1', '198.51.100.1'),
    udp(1, 9),
    payload(new Uint8Array(1000)),
  );
  const record = { seconds: 1, fraction: 0, data: frame };
  const capture = pcapFile(
    {},
    Array.from({ length: RECORDS }, () => record),
  );
  const child = spawn(process.execPath, ['--import', TELL_PEAK, MAIN, 'replay', '-', '--json'], { cwd: ROOT });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const closed = once(child, 'close');
  for (let i = 0; i < blocks; i++) if (!child.stdin.write(i === 0 ? capture : capture.subarray(24))) await once(child.stdin, 'drain');
  child.stdin.end();
  await closed;
  const { packets } = JSON.parse(out) as { packets: number };
  return { peak: Number(/peak (\d+)/.exec(err)![1]) / 1024, packets };
}

describe('a capture from a pipe', () => {
  it('takes no more memory when it is ten times as long', async () => {
    const short = await replayed(4);
    const long = await replayed(40);
    expect([short.packets, long.packets]).toEqual([4 * RECORDS, 40 * RECORDS]);
    // the long one is 170 MB
    expect(long.peak - short.peak).toBeLessThan(48);
  });
});
