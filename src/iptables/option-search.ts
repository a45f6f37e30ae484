/**
 * Finds what a long option stands for, as getopt_long does over the list iptables builds: its own options first, then those of
 * the module loaded last, and so on back. An exact name wins anywhere; a beginning must be of one option only.
 * @module
 */
import type { OptionSpec } from '../xtables/options.ts';
import { BASE_BY_NAME, type BaseOption } from './base-options.ts';
import type { Draft, Use } from './draft.ts';

export type Found = { readonly use: null; readonly option: BaseOption } | { readonly use: Use; readonly option: OptionSpec };

/** null: nobody has it. */
export function findOption(name: string, draft: Draft): Found | 'ambiguous' | null {
  const base = BASE_BY_NAME.get(name);
  if (base !== undefined) return { use: null, option: base };
  return findExact(name, draft) ?? findBeginning(name, draft);
}

function findExact(name: string, draft: Draft): Found | null {
  const { target, matches } = draft;
  // A target is a rule's one and loaded where it stands; only a match loaded behind it with an option of the same name could tell.
  if (target !== null) {
    const option = target.listed.options.get(name);
    if (option !== undefined) return { use: target, option };
  }
  for (let i = matches.length - 1; i >= 0; i--) {
    const use = matches[i]!;
    const option = use.listed.options.get(name);
    if (option !== undefined) return { use, option };
  }
  return null;
}

function findBeginning(name: string, draft: Draft): Found | 'ambiguous' | null {
  if (name === '') return null;
  let found: Found | null = null;
  for (const [long, option] of BASE_BY_NAME) {
    if (!long.startsWith(name)) continue;
    if (found !== null && found.option !== option && (found.option as BaseOption).letter !== option.letter) return 'ambiguous';
    found = { use: null, option };
  }
  for (const use of usesNewestFirst(draft)) {
    for (const [long, option] of use.listed.options) {
      if (!long.startsWith(name)) continue;
      if (found !== null && found.option !== option) return 'ambiguous';
      found ??= { use, option };
    }
  }
  return found;
}

function usesNewestFirst(draft: Draft): readonly Use[] {
  const matches = [...draft.matches].reverse();
  return draft.target === null ? matches : [draft.target, ...matches];
}
