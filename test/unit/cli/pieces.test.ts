import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError, InvalidArgumentError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeError, Exit, exitCodeOf, printable, RulesRefused, UsageError } from '../../../src/cli/exit.ts';
import { Interrupt } from '../../../src/cli/interrupt.ts';
import { LineWriter } from '../../../src/cli/line-writer.ts';
import { wholeNumber } from '../../../src/cli/numbers.ts';
import { packetJson } from '../../../src/cli/packet-json.ts';
import { Progress } from '../../../src/cli/progress.ts';
import { loadRuleSets } from '../../../src/cli/rule-sets.ts';
import { interfaceNumber, openSources } from '../../../src/cli/sources.ts';
import { HooklineError } from '../../../src/errors.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { build } from '../../../src/packet/build.ts';
import { arp, ethernet, ipv4, ipv6, type LayerSpec, udp } from '../../../src/packet/build-layers.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { decoded } from '../packet/kit.ts';

const LINK = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-cli-'));
});
afterEach(() => {
  vi.restoreAllMocks();
});

function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: it says`), { code, ...(path === undefined ? {} : { path }) });
}

describe('exitCodeOf', () => {
  it.each([
    [new UsageError('no'), Exit.Usage],
    [new RulesRefused([]), Exit.Usage],
    [new CommanderError(0, 'commander.help', 'help'), Exit.Ok],
    [new CommanderError(1, 'commander.unknownOption', 'what'), Exit.Usage],
    [new HooklineError('ERR_RULE_SYNTAX', 'x'), Exit.Usage],
    [new HooklineError('ERR_UNSUPPORTED', 'x'), Exit.Usage],
    [new HooklineError('ERR_SET', 'x'), Exit.Usage],
    [new HooklineError('ERR_INPUT', 'x'), Exit.Input],
    [new Error('x'), Exit.Input],
    ['text', Exit.Input],
  ])('%s: %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('describeError', () => {
  it.each([
    [systemError('ENOENT', 'a.pcap'), 'a.pcap: no such file or directory'],
    [systemError('ENOSPC'), 'no space left'],
    [systemError('EWHAT', 'a'), 'EWHAT: it says'],
    [new Error('a.pcap: cannot read: EISDIR'), 'a.pcap: cannot read: is a directory'],
    [new Error('a.pcap: cannot read: EWHAT'), 'a.pcap: cannot read: EWHAT'],
    [new Error('a\u001b[31m'), 'a\\x1b[31m'],
    ['a\u0007', 'a\\x07'],
    [new RulesRefused([new Error('first'), new Error('second')]), 'first\nhookline: second'],
  ])('%o', (error, text) => {
    expect(describeError(error)).toBe(text);
  });
});

describe('printable', () => {
  it('lets newline, tab and all letters be, and no other control character', () => {
    expect(printable('a\n\tä\u0000\u007f\u009b€')).toBe('a\n\tä\\x00\\x7f\\x9b€');
  });
});

describe('wholeNumber', () => {
  it('takes digits only', () => {
    expect(wholeNumber('12')).toBe(12);
    for (const text of ['', '-1', '1.5', '1e3', '0x10', '99999999999999999', ' 1']) {
      expect(() => wholeNumber(text), text).toThrow(InvalidArgumentError);
    }
  });
});

describe('LineWriter', () => {
  it('writes lines in order, long ones before it is flushed', () => {
    const path = join(folder, 'lines');
    const fd = openSync(path, 'w');
    const writer = new LineWriter(fd);
    writer.write('ä');
    expect(readFileSync(path, 'utf8')).toBe('');
    writer.write('x'.repeat(70_000));
    expect(readFileSync(path, 'utf8')).toHaveLength(2 + 70_001);
    writer.write('end');
    writer.flush();
    closeSync(fd);
    expect(readFileSync(path, 'utf8').endsWith('x\nend\n')).toBe(true);
  });

  it('does not swallow a failure to write', () => {
    const path = join(folder, 'lines');
    writeFileSync(path, '');
    const fd = openSync(path, 'r');
    const writer = new LineWriter(fd);
    writer.write('x');
    expect(() => writer.flush()).toThrow(/EBADF/);
    closeSync(fd);
  });
});

describe('Progress', () => {
  function watch(isTTY: boolean): { readonly written: string[]; readonly progress: Progress } {
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 150));
    return { written, progress: new Progress(stream) };
  }

  it('rewrites one line now and then, and takes it away', () => {
    const { written, progress } = watch(true);
    progress.show(1000);
    progress.show(2000);
    progress.show(3000);
    progress.clear();
    progress.clear();
    expect(written).toEqual(['\r1,000 packets, 6,667/s\u001b[K', '\r3,000 packets, 6,667/s\u001b[K', '\r\u001b[K']);
  });

  it('tells the time left where it is known how much there is', () => {
    const { written, progress } = watch(true);
    progress.show(1000, 0.25);
    progress.show(0);
    progress.show(2000, 0.001);
    progress.show(0);
    progress.show(3000, 1);
    expect(written).toEqual([
      '\r1,000 packets, 6,667/s, 25 %, 1 s left\u001b[K',
      '\r2,000 packets, 4,444/s, 0 %, 7:30 left\u001b[K',
      '\r3,000 packets, 4,000/s\u001b[K',
    ]);
  });

  it('is silent where nobody watches', () => {
    const { written, progress } = watch(false);
    progress.show(1000);
    progress.clear();
    expect(written).toEqual([]);
  });
});

describe('Interrupt', () => {
  it('is asked for once and ends the program the second time', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const interrupt = new Interrupt();
    await interrupt.pause();
    expect(interrupt.requested).toBe(false);
    process.emit('SIGINT');
    expect([interrupt.requested, exit.mock.calls.length]).toEqual([true, 0]);
    process.emit('SIGINT');
    expect(exit).toHaveBeenCalledWith(Exit.Interrupted);
    interrupt.dispose();
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});

describe('packetJson', () => {
  function json(...layers: LayerSpec[]): object {
    const packet = decoded(build(...layers));
    packet.index = 3;
    packet.nowUs = 1_500_000;
    return packetJson(packet);
  }

  it('tells addresses and ports of either family', () => {
    expect(json(LINK, ipv4('10.0.0.1', '10.0.0.2'), udp(5, 6))).toEqual({
      index: 3,
      time: 1.5,
      length: 42,
      src: '10.0.0.1',
      dst: '10.0.0.2',
      protocol: 'udp',
      sport: 5,
      dport: 6,
    });
    expect(json(LINK, ipv6('fd00::1', 'fd00::2'), udp(5, 6))).toMatchObject({ src: 'fd00::1', dst: 'fd00::2', protocol: 'udp' });
  });

  it('leaves out what is not there', () => {
    const other = json(LINK, ipv4('10.0.0.1', '10.0.0.2', { protocol: 201 }));
    expect(other).toMatchObject({ protocol: '201' });
    expect(other).not.toHaveProperty('sport');
    expect(Object.keys(json(LINK, arp(1, ['02:00:00:00:00:01', '10.0.0.1'], ['00:00:00:00:00:00', '10.0.0.2'])))).toEqual([
      'index',
      'time',
      'length',
    ]);
  });
});

describe('loadRuleSets', () => {
  it('reads both families, and none', () => {
    writeFileSync(join(folder, 'v4'), '*filter\nCOMMIT\n');
    writeFileSync(join(folder, 'v6'), '*raw\nCOMMIT\n');
    const sets = loadRuleSets({ rules: join(folder, 'v4'), rules6: join(folder, 'v6') });
    expect(sets.map(({ family, tables }) => [family, tables.map(({ name }) => name)])).toEqual([
      [4, ['filter']],
      [6, ['raw']],
    ]);
    expect(loadRuleSets({})).toEqual([]);
  });

  it('tells notes, and all errors of both at once', () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    writeFileSync(join(folder, 'v4'), '*filter\r\n-A INPUT --bad\r\nCOMMIT\r\n');
    writeFileSync(join(folder, 'v6'), '*filter\n-A INPUT -j NONE\nCOMMIT\n');
    let refused: unknown;
    try {
      loadRuleSets({ rules: join(folder, 'v4'), rules6: join(folder, 'v6') });
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(RulesRefused);
    expect((refused as RulesRefused).errors).toHaveLength(2);
    expect(told.mock.calls.map(([text]) => String(text)).join('')).toMatch(/v4.*note: /);
  });
});

describe('openSources', () => {
  const CAPTURE = 'fixtures/demo/lan.pcap';

  it('knows interfaces by name, plain files and those of the host itself', () => {
    const host = plainRouter();
    const opened = openSources(host, [`eth1=${CAPTURE}`, CAPTURE], [CAPTURE]);
    expect(opened.sources.map(({ indev, local }) => [indev, local])).toEqual([
      [interfaceNumber(host, 'eth1'), false],
      [0, false],
      [0, true],
    ]);
    expect(opened.damage()).toEqual([]);
    opened.close();
  });

  it('takes name=FILE for a file when there is one', () => {
    const path = join(folder, 'a=b');
    writeFileSync(path, readFileSync(CAPTURE));
    const opened = openSources(plainRouter(), [path], []);
    expect(opened.sources.map(({ indev }) => indev)).toEqual([0]);
    opened.close();
  });

  it('tells damage once it was met', () => {
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, readFileSync(CAPTURE).subarray(0, 60));
    const opened = openSources(plainRouter(), [path], []);
    const packet = new Packet();
    while (opened.sources[0]!.capture.next(packet)) expect(packet.wireLength).toBeGreaterThan(0);
    expect(opened.damage()).toHaveLength(1);
    opened.close();
  });

  it('refuses interfaces that are not there', () => {
    expect(() => openSources(plainRouter(), [`wlan0=${CAPTURE}`], [])).toThrow(UsageError);
    expect(() => interfaceNumber(plainRouter(), 'wlan0')).toThrow(/wlan0: the host has no such interface \(it has .*eth0/);
  });
});
