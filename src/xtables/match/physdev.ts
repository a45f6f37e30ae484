/**
 * physdev: the ports of a bridge that the packet came in and goes out by. No packet here crosses a bridge: a rule matches if
 * everything it asks is inverted.
 *
 *   -m physdev [!] --physdev-in eth0 [!] --physdev-out eth+ [!] --physdev-is-in [!] --physdev-is-out [!] --physdev-is-bridged
 *
 * Reference: iptables-extensions(8), "physdev". Kernel counterpart: net/netfilter/xt_physdev.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';

/** In the order they print. */
const QUESTIONS = ['physdev-is-in', 'physdev-in', 'physdev-is-out', 'physdev-out', 'physdev-is-bridged'] as const;
type Question = (typeof QUESTIONS)[number];
/** Characters of an interface name. */
const MAX_NAME = 15;

export interface Asked {
  readonly question: Question;
  /** Interface name, or '' for a question without one. */
  readonly device: string;
  readonly invert: boolean;
}

export interface PhysdevInfo {
  readonly asked: readonly Asked[];
}

export const physdev: MatchModule<PhysdevInfo> = {
  name: 'physdev',
  scope: 'stateless',
  perFlow: true,
  /** In OUTPUT no bridge has been chosen yet, unless the rule says the packet is bridged. */
  hooks({ asked }) {
    const about = asked.some(({ question }) => question === 'physdev-out' || question === 'physdev-is-out');
    const bridged = asked.some(({ question, invert }) => question === 'physdev-is-bridged' && !invert);
    return about && !bridged ? hookMask(Hook.Prerouting, Hook.Input, Hook.Forward, Hook.Postrouting) : -1;
  },
  options: QUESTIONS.map((name) => ({ name, args: hasDevice(name) ? 1 : 0, invert: true })),

  parse(options) {
    const asked = QUESTIONS.flatMap((question) => readQuestion(options, question));
    return asked.length === 0 ? options.fail('PHYSDEV: no physdev option specified') : { asked };
  },

  print({ asked }) {
    return words(asked).join(' ');
  },

  list({ asked }) {
    return ['PHYSDEV match', ...words(asked)].join(' ');
  },

  compile({ asked }) {
    const allInverted = asked.every(({ invert }) => invert);
    return () => allInverted;
  },
};

function hasDevice(question: Question): boolean {
  return question === 'physdev-in' || question === 'physdev-out';
}

function readQuestion(options: Options, question: Question): Asked[] {
  const option = options.get(question);
  if (option === undefined) return [];
  return [{ question, device: hasDevice(question) ? readDevice(option) : '', invert: option.invert }];
}

function readDevice(option: GivenOption): string {
  const { value } = option;
  return value.length <= MAX_NAME ? value : option.fail(`interface name \`${value}' must be shorter than IFNAMSIZ (${MAX_NAME})`);
}

function words(asked: readonly Asked[]): string[] {
  return asked.map(({ question, device, invert }) => `${invert ? '! ' : ''}--${question}${hasDevice(question) ? ` ${device}` : ''}`);
}
