/**
 * Tables: the five of x_tables, what each is registered for, and one as a rule set holds it.
 *
 * Chains stand in the kernel's order: built-in chains by hook, then the others by name in octet order, which is how
 * libiptc keeps them and how counters are read back.
 * @module
 */
import { HOOK_NAMES, Hook } from '../hook/hook.ts';
import { Priority } from '../hook/priority.ts';
import { Chain } from './chain.ts';

export interface TableKind {
  readonly name: string;
  /** Hooks it is asked at, ascending. */
  readonly hooks: readonly Hook[];
  /** Where it stands at every one of its hooks; null for nat, whose chains NAT itself runs. */
  readonly priority: number | null;
}

export const TABLES: readonly TableKind[] = [
  { name: 'raw', hooks: [Hook.Prerouting, Hook.Output], priority: Priority.Raw },
  {
    name: 'mangle',
    hooks: [Hook.Prerouting, Hook.Input, Hook.Forward, Hook.Output, Hook.Postrouting],
    priority: Priority.Mangle,
  },
  { name: 'nat', hooks: [Hook.Prerouting, Hook.Input, Hook.Output, Hook.Postrouting], priority: null },
  { name: 'filter', hooks: [Hook.Input, Hook.Forward, Hook.Output], priority: Priority.Filter },
  { name: 'security', hooks: [Hook.Input, Hook.Forward, Hook.Output], priority: Priority.Security },
];

/** The kind of a table name, or null. */
export function tableKind(name: string): TableKind | null {
  return TABLES.find((kind) => kind.name === name) ?? null;
}

export class Table {
  readonly kind: TableKind;
  /** Counts what takes a name away from a chain: who keeps chains by name has to begin anew. */
  version = 0;
  /** Whether the last whole check (validate.ts) is true of it but for the changes since that were checked by themselves. */
  checked = false;
  private readonly byName: Map<string, Chain> = new Map();
  private sorted: Chain[] | null = null;

  /** A table with its built-in chains, all policies ACCEPT. */
  constructor(kind: TableKind) {
    this.kind = kind;
    for (const hook of kind.hooks) this.add(new Chain(HOOK_NAMES[hook], hook));
  }

  get name(): string {
    return this.kind.name;
  }

  chain(name: string): Chain | undefined {
    return this.byName.get(name);
  }

  /** The built-in chain of a hook the table is registered for. */
  base(hook: Hook): Chain {
    return this.byName.get(HOOK_NAMES[hook])!;
  }

  /** Names of all chains, in no order to rely on. */
  get chainNames(): Iterable<string> {
    return this.byName.keys();
  }

  /** All chains, built-in ones first by hook, the others as they were made. */
  get chainsAsMade(): Iterable<Chain> {
    return this.byName.values();
  }

  /** All chains in the kernel's order. Sorted when first asked for: of many chains that takes time. */
  get chains(): readonly Chain[] {
    this.sorted ??= this.sort();
    return this.sorted;
  }

  private sort(): Chain[] {
    return sortChains([...this.byName.values()]);
  }

  add(chain: Chain): void {
    this.byName.set(chain.name, chain);
    this.sorted = null;
  }

  remove(chain: Chain): void {
    this.byName.delete(chain.name);
    this.sorted = null;
    this.version++;
  }

  rename(chain: Chain, name: string): void {
    this.byName.delete(chain.name);
    chain.name = name;
    this.byName.set(name, chain);
    this.sorted = null;
    this.version++;
  }
}

/** Puts chains of one table in the kernel's order. */
export function sortChains(chains: Chain[]): Chain[] {
  return chains.sort(chains.some(({ name }) => /[\ud800-\udfff]/.test(name)) ? byCodePoints : inKernelOrder);
}

function inKernelOrder(a: Chain, b: Chain): number {
  if (a.hook >= 0 || b.hook >= 0) return (a.hook >= 0 ? a.hook : HOOK_NAMES.length) - (b.hook >= 0 ? b.hook : HOOK_NAMES.length);
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** As strcmp() on UTF-8; UTF-16 order differs from it only where surrogates meet U+E000 and above. */
function byCodePoints(a: Chain, b: Chain): number {
  if (a.hook >= 0 || b.hook >= 0) return inKernelOrder(a, b);
  const x = Array.from(a.name);
  const y = Array.from(b.name);
  const at = x.findIndex((char, i) => char !== y[i]);
  if (at < 0) return x.length - y.length;
  return x[at]!.codePointAt(0)! - (y[at]?.codePointAt(0) ?? -1);
}
