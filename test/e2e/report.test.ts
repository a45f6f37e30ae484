/**
 * `hookline replay --report`: the page is opened in a real browser and clicked through. Where there is no Chromium the tests that
 * need one are skipped, and said to be; what can be checked of the text alone always is.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, launch } from '../support/chromium.ts';
import { hookline, ROOT } from '../support/cli.ts';
import { capture, tcpLine } from '../support/lines.ts';

const DEMO =
  'virbr0=fixtures/demo/lan.pcap eth0=fixtures/demo/wan.pcap --local fixtures/demo/local.pcap -r fixtures/demo/rules.v4 --host fixtures/demo/host.json';
const HOSTILE = '</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\u2028';

const folder = mkdtempSync(join(tmpdir(), 'hookline-report-'));
const needsBrowser = CHROMIUM === null ? describe.skip : describe;
if (CHROMIUM === null) process.stderr.write('skipped: no Chromium, so the report is not opened in one\n');

let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM !== null) browser = await launch();
});
afterAll(async () => {
  if (CHROMIUM !== null) await browser.close();
  rmSync(folder, { recursive: true });
});

function report(name: string, words: readonly string[]): string {
  const path = join(folder, name);
  const { code, err } = hookline(['replay', ...words, '--report', path]);
  expect([code, err]).toEqual([0, '']);
  return path;
}

/** Open a report; everything that goes wrong in it, and every request it makes, is a failure. `busy` answers the processor time of its thread, ms. */
async function open(
  path: string,
  scheme: 'light' | 'dark' = 'light',
): Promise<{ page: Page; wrong: string[]; busy: () => Promise<number> }> {
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 1280, height: 900 } });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const wrong: string[] = [];
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on('console', (message) => wrong.push(message.text()));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) wrong.push(request.url());
  });
  await page.goto(`file://${path}`);
  await page.waitForSelector('html[data-ready=true]', { timeout: 30_000 });
  const busy = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
  };
  return { page, wrong, busy };
}

/** Flows enough: two packets each, one in ten dropped. */
function manyFlows(flows: number): Uint8Array {
  const frames = new Map<number, Uint8Array>();
  const out: (readonly [number, Uint8Array])[] = [];
  for (let i = 0; i < flows; i++) {
    const client = `10.${(i >> 14) & 255}.${(i >> 6) & 255}.${1 + (i & 63)}`;
    const port = i % 10 === 0 ? 23 : 443;
    const frame = tcpLine(`${client}:${1024 + (i % 60_000)} > 203.0.113.${1 + (i % 250)}:${port}`, 'S');
    frames.set(i, frame);
    out.push(
      [i / 500, frame],
      [i / 500 + 0.001, tcpLine(`203.0.113.${1 + (i % 250)}:${port} > ${client}:${1024 + (i % 60_000)}`, 'SA', 500, 101)],
    );
  }
  return capture(out);
}

describe('the page as text', () => {
  it('lets nothing of captures and rules become markup, and names its scripts by hash', () => {
    const rules = join(folder, 'rules.v4');
    writeFileSync(rules, `*filter\n-A FORWARD -p tcp -m comment --comment "${HOSTILE}" -j DROP\nCOMMIT\n`);
    const path = join(folder, '<b>&"capture.pcap');
    writeFileSync(path, capture([tcpLine('10.0.0.2:1 > 203.0.113.9:80', 'S')]));
    const text = readFileSync(report('hostile.html', [path, '-r', rules]), 'utf8');
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('\u2028');
    expect(text).not.toContain('<b>');
    const script = /<script>([\s\S]*)<\/script>/.exec(text)![1]!;
    expect(text).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  it('is the same each time', () => {
    const words = DEMO.split(' ');
    expect(readFileSync(report('once.html', words), 'utf8')).toBe(readFileSync(report('twice.html', words), 'utf8'));
  });
});

needsBrowser('the page in a browser', () => {
  it('shows the demo, and answers clicks and keys', async () => {
    const { page, wrong } = await open(report('demo.html', DEMO.split(' ')));
    expect(await page.locator('.tile').allInnerTexts()).toContain('57\nforwarded\n50.9 %');
    // a cause leads to its flows
    await page.click('#drops button');
    expect(await page.locator('#flow-filter').inputValue()).toBe('cause:1');
    expect(await page.locator('#flow-status').innerText()).toMatch(/^\d+ of \d+ flows/);
    expect(await page.locator('.grid-body [role=row].is-dropped').count()).toBeGreaterThan(0);
    // a flow leads to the way of its first dropped packet
    await page.locator('.grid-port').press('Enter');
    await page.click('.detail button');
    expect(await page.locator('.way').innerText()).toContain('dropped in FORWARD by filter:FORWARD:4');
    // filter by words, sort by a column, all without a mouse
    await page.fill('#flow-filter', 'port:53 proto:udp');
    await page.locator('#flow-status', { hasText: /^1 of/ }).waitFor();
    await page.fill('#flow-filter', '');
    await page.waitForTimeout(150);
    const packets = page.locator('.grid-head').getByRole('columnheader', { name: 'Packets' });
    await packets.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await packets.getAttribute('aria-sort')).toBe('descending');
    const numbers = (await page.locator('.grid-body .cell:nth-child(6)').allInnerTexts()).map(Number);
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    // the chart speaks
    await page.locator('#time .chart').focus();
    await page.keyboard.press('Home');
    expect(await page.locator('#time .chart').getAttribute('aria-valuetext')).toMatch(/^2009-10-05 06:06:07\.\d+ \(.*\): \d+ /);
    // rules by kind
    await page.selectOption('#rule-filter', 'quiet');
    expect(await page.locator('#rules').innerText()).not.toContain('ctstate RELATED,ESTABLISHED');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('has headings in order, names for what can be used, and two themes', async () => {
    const { page, wrong } = await open(join(folder, 'demo.html'), 'dark');
    const levels = await page
      .locator('h1, h2, h3')
      .evaluateAll((all) => all.map((each) => Number((each as unknown as { tagName: string }).tagName[1])));
    expect(levels[0]).toBe(1);
    levels.forEach((level, i) => expect(level - (levels[i - 1] ?? 1)).toBeLessThanOrEqual(1));
    const unnamed = await page
      .locator('button, input, select, [tabindex="0"]')
      .evaluateAll((all) =>
        (all as unknown as { textContent: string; getAttribute(name: string): string | null; id: string; labels?: { length: number } }[])
          .filter(
            (each) =>
              (each.textContent ?? '').trim() === '' && each.getAttribute('aria-label') === null && (each.labels?.length ?? 0) === 0,
          )
          .map((each) => each.id),
      );
    expect(unnamed).toEqual([]);
    const paper = (): Promise<string> =>
      page
        .locator('body')
        .evaluate(
          (body) =>
            (globalThis as unknown as { getComputedStyle(element: unknown): { backgroundColor: string } }).getComputedStyle(body)
              .backgroundColor,
        );
    expect(await paper()).toBe('rgb(16, 21, 27)');
    await page.click('#theme');
    expect(await paper()).toBe('rgb(246, 247, 249)');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('shows hostile names as text', async () => {
    const { page, wrong } = await open(join(folder, 'hostile.html'));
    expect(await page.evaluate(() => (globalThis as unknown as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.locator('#rules').innerText()).toContain('</script><script>window.hacked=1</script>');
    expect(await page.locator('#overview').innerText()).toContain('<b>&"capture.pcap');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('opens 100,000 flows at once and stays quick', async () => {
    const path = join(folder, 'many.pcap');
    writeFileSync(path, manyFlows(100_000));
    const rules = join(folder, 'many.v4');
    writeFileSync(rules, '*nat\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n*filter\n-A FORWARD -p tcp --dport 23 -j DROP\nCOMMIT\n');
    const html = report('many.html', [path, '-r', rules, '--replies', 'translate']);
    rmSync(path);
    expect(statSync(html).size).toBeLessThan(15e6);
    // its own processor time: the machine may be busy with other things
    const { page, wrong, busy } = await open(html);
    const opened = await busy();
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThan(2000);
    expect(await page.locator('#flow-status').innerText()).toBe('100,000 of 100,000 flows');
    expect(await page.locator('.grid-body [role=row]').count()).toBeLessThan(60);
    await page.locator('.grid-port').press('End');
    await page.waitForSelector('#flow-99999');
    await page.locator('.grid-head').getByRole('columnheader', { name: 'Octets' }).getByRole('button').click();
    await page.fill('#flow-filter', 'dropped');
    await page.locator('#flow-status', { hasText: /^10,000 of/ }).waitFor();
    expect((await busy()) - opened).toBeLessThan(5000);
    expect(wrong).toEqual([]);
    await page.close();
  }, 240_000);

  it('shows what another rule set changes', async () => {
    const rules = join(folder, 'new.v4');
    const text = readFileSync(join(ROOT, 'fixtures/demo/rules.v4'), 'utf8');
    writeFileSync(
      rules,
      text.replace('-A FORWARD -o virbr0 -j REJECT --reject-with icmp-port-unreachable', '-A FORWARD -o virbr0 -j ACCEPT'),
    );
    const html = join(folder, 'diff.html');
    expect(hookline(['diff', ...DEMO.split(' '), '-r', rules, '--report', html]).code).toBe(3);
    const { page, wrong } = await open(html);
    expect(await page.locator('#difference h3').first().innerText()).toContain('rejected → forwarded');
    await page.click('#difference button');
    expect(await page.locator('.way').innerText()).toMatch(/^Packet \d+[\s\S]*forwarded/);
    expect(await page.locator('.tile').allInnerTexts()).toContain('72\nforwarded\n64.3 %');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('shows a replay of nothing', async () => {
    const path = join(folder, 'empty.pcap');
    writeFileSync(path, capture([]));
    const { page, wrong } = await open(report('empty.html', [path]));
    expect(await page.locator('.tile').first().innerText()).toContain('0\npackets');
    expect(wrong).toEqual([]);
    await page.close();
  });
});
