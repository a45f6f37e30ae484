import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder of src/ may import: only folders named above it, so that a cycle cannot be written down. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  inet: [],
  wire: ['inet'],
  packet: ['inet', 'wire'],
  bpf: [],
  filter: ['inet', 'wire', 'packet', 'bpf'],
  capture: ['inet', 'wire', 'packet'],
  hook: ['inet', 'packet'],
  host: ['inet', 'wire', 'packet'],
  conntrack: ['inet', 'wire', 'packet', 'hook'],
  nat: ['inet', 'wire', 'packet', 'hook', 'host', 'conntrack'],
  xtables: ['inet', 'wire', 'packet', 'bpf', 'hook', 'host', 'conntrack', 'nat'],
  engine: ['inet', 'wire', 'packet', 'hook', 'host', 'conntrack', 'nat'],
  iptables: ['inet', 'xtables'],
  report: ['inet', 'wire', 'packet', 'hook', 'host', 'conntrack', 'nat', 'xtables', 'engine', 'iptables'],
  replay: ['inet', 'packet', 'capture', 'hook', 'host', 'conntrack', 'nat', 'xtables', 'engine', 'iptables', 'report'],
  tally: ['inet', 'wire', 'packet', 'hook', 'host', 'conntrack', 'nat', 'xtables', 'engine', 'iptables', 'report', 'replay'],
  explain: ['inet', 'wire', 'packet', 'capture', 'hook', 'host', 'conntrack', 'nat', 'xtables', 'engine', 'iptables', 'report', 'replay'],
  shard: ['inet', 'packet', 'capture', 'hook', 'host', 'conntrack', 'nat', 'xtables', 'engine', 'iptables', 'replay'],
  scenario: ['inet', 'packet', 'capture', 'hook', 'host', 'conntrack', 'xtables', 'engine', 'iptables', 'report', 'replay'],
  fuzz: ['inet', 'wire', 'packet', 'hook', 'host', 'conntrack', 'xtables', 'engine', 'iptables', 'replay'],
  diff: ['inet', 'packet', 'capture', 'hook', 'host', 'conntrack', 'xtables', 'engine', 'iptables', 'report', 'replay'],
  columns: ['inet', 'packet', 'capture', 'hook', 'host', 'conntrack', 'xtables', 'engine', 'iptables', 'report', 'replay', 'tally'],
  page: ['inet', 'packet', 'hook', 'host', 'conntrack', 'nat', 'xtables', 'engine', 'iptables', 'report', 'replay', 'tally'],
  coverage: ['inet', 'packet', 'hook', 'conntrack', 'xtables', 'replay'],
  assert: ['inet', 'packet', 'conntrack', 'engine', 'report', 'replay', 'diff'],
  cli: [
    'inet',
    'wire',
    'packet',
    'filter',
    'capture',
    'hook',
    'host',
    'conntrack',
    'nat',
    'xtables',
    'engine',
    'iptables',
    'report',
    'replay',
    'tally',
    'explain',
    'scenario',
    'fuzz',
    'diff',
    'shard',
    'columns',
    'page',
    'coverage',
    'assert',
  ],
};

/** Folders that may use `node:` modules; everything else runs anywhere. */
const MAY_USE_NODE = new Set(['capture', 'replay', 'shard', 'scenario', 'columns', 'page', 'cli']);

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : [];
  });
}

function imports(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

const files = sources(SRC).map((path) => relative(SRC, path).split(sep).join(posix.sep));

describe('architecture', () => {
  it('names only folders above in its own table', () => {
    const order = Object.keys(MAY_IMPORT);
    for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
      for (const name of allowed) expect(order.indexOf(name), `${folder} -> ${name}`).toBeLessThan(order.indexOf(folder));
    }
  });

  it('knows every folder', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    expect([...folders].filter((folder) => !(folder! in MAY_IMPORT))).toEqual([]);
  });

  it('lets each folder import only what it may', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const folder = file.includes('/') ? file.split('/')[0]! : '';
      for (const specifier of imports(join(SRC, file))) {
        if (specifier.startsWith('node:')) {
          if (folder !== '' && !MAY_USE_NODE.has(folder)) wrong.push(`${file} -> ${specifier}`);
          continue;
        }
        if (!specifier.startsWith('.') || folder === '') continue;
        const target = posix.join(posix.dirname(file), specifier);
        if (target === 'errors.ts' || target === 'suggest.ts') continue;
        const other = target.split('/')[0]!;
        if (other !== folder && !MAY_IMPORT[folder]?.includes(other)) wrong.push(`${file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('imports the surface of a folder from outside only', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const specifier of imports(join(SRC, file))) {
        const target = posix.join(posix.dirname(file), specifier);
        if (target.endsWith('/index.ts') && posix.dirname(target) === posix.dirname(file)) wrong.push(`${file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
