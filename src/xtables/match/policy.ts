/**
 * policy: whether the packet went, or is to go, through IPsec. No packet here does: `--pol none` matches, `--pol ipsec` does not.
 *
 *   -m policy --dir in|out [--pol ipsec|none] [--strict] [[!] --reqid 1] [[!] --proto esp] [[!] --mode tunnel] [--next ...]
 *
 * Reference: iptables-extensions(8), "policy". Kernel counterpart: net/netfilter/xt_policy.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { mandatory } from './option-value.ts';
import { ELEMENT_OPTIONS, type PolicyElement, printElement, readElements } from './policy-element.ts';

export interface PolicyInfo {
  readonly dir: 'in' | 'out';
  readonly pol: 'ipsec' | 'none';
  readonly strict: boolean;
  readonly elements: readonly PolicyElement[];
}

export const policy: MatchModule<PolicyInfo> = {
  name: 'policy',
  scope: 'stateless',
  perFlow: true,
  hooks({ dir }) {
    if (dir === 'in') return hookMask(Hook.Prerouting, Hook.Input, Hook.Forward);
    return hookMask(Hook.Forward, Hook.Output, Hook.Postrouting);
  },
  options: [{ name: 'dir' }, { name: 'pol' }, { name: 'strict', args: 0 }, ...ELEMENT_OPTIONS],

  parse(options) {
    const dir = readDirection(options);
    const pol = readPolicy(options);
    const strict = options.has('strict');
    if (options.has('next') && !strict) options.get('next')!.fail('policy: option "--next" also requires "--strict"');
    if (pol === 'none' && strict) options.fail('policy match: policy none but --strict given');
    if (pol === 'none' && options.has('next')) options.fail('policy match: policy none but policy given');
    return { dir, pol, strict, elements: pol === 'none' ? [] : readElements(options, strict) };
  },

  print({ dir, pol, strict, elements }) {
    const chain = elements.map((element) => printElement(element, '--')).join(' --next ');
    return `--dir ${dir} --pol ${pol}${strict ? ' --strict' : ''}${chain === '' ? '' : ` ${chain}`}`;
  },

  list({ dir, pol, strict, elements }) {
    const numbered = elements.length > 1;
    const chain = elements.map((element, i) => `${numbered ? `[${i}] ` : ''}${printElement(element, '')}`).join(' ');
    return `policy match dir ${dir} pol ${pol}${strict ? ' strict' : ''}${chain === '' ? '' : ` ${chain}`}`;
  },

  compile({ pol }) {
    const result = pol === 'none';
    return () => result;
  },
};

function readDirection(options: Options): PolicyInfo['dir'] {
  if (!options.has('dir')) options.fail('policy match: neither --dir in nor --dir out specified');
  const option = mandatory(options, 'policy', 'dir');
  const { value } = option;
  return value === 'in' || value === 'out' ? value : option.fail(`policy_match: invalid dir "${value}"`);
}

function readPolicy(options: Options): PolicyInfo['pol'] {
  const option = options.get('pol');
  if (option === undefined) return 'ipsec';
  const { value } = option;
  return value === 'ipsec' || value === 'none' ? value : option.fail(`policy match: invalid policy "${value}"`);
}
