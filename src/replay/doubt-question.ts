/**
 * What a rule set asks that neither a capture nor the host's description tells, as questions with all answers that make a
 * difference to a rule:
 *
 *   who sent the local packets    one answer for each set of users and groups that the owner rules tell apart
 *   their control groups          one answer for each group that the cgroup rules name, and one for any other
 *   what a set holds              the packet is in it or not (only where missing sets are to be in doubt)
 *   which sockets there are       none takes the packet, one does, a transparent one does
 *
 * The first answer is the one in which no rule's condition is met by somebody it names.
 * @module
 */
import type { Host } from '../host/host.ts';
import { cgroup, type CgroupInfo } from '../xtables/match/cgroup.ts';
import { isSentBy, LOCAL_GID, LOCAL_UID, owner, type OwnerInfo } from '../xtables/match/owner.ts';
import { set, type SetInfo } from '../xtables/match/set.ts';
import { socket, type SocketInfo } from '../xtables/match/socket.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import { set as setTarget, type SetTargetInfo } from '../xtables/target/set.ts';

/** A match whose answer is not known, by its info. */
export interface DoubtfulMatch {
  readonly rules: RuleSet;
  /** Number of its rule. */
  readonly rule: number;
  readonly info: object;
}

export interface Answer {
  /** `uid 1000`, `in set blocked (src)`. */
  readonly label: string;
  /** What must be so, in parts: `uid 1000` and `gid 33`. */
  readonly conditions: readonly string[];
  /** The matches that hold then. */
  readonly holding: ReadonlySet<object>;
}

export interface Question {
  /** What is not known. */
  readonly subject: string;
  readonly matches: readonly DoubtfulMatch[];
  readonly answers: readonly Answer[];
}

export interface Unknown {
  readonly questions: readonly Question[];
  /** What nobody asks: uses of missing sets by SET targets, which do nothing, and cgroup rules where nobody sends. */
  readonly idle: readonly object[];
}

export interface Known {
  readonly host: Host;
  readonly sets: SetStore;
  /** Whether there are packets of local processes. */
  readonly local: boolean;
  /** Whether a set that is missing is in doubt, not an error. */
  readonly missingSets: boolean;
}

/** A user or group id that stands for all that the rules treat alike. */
interface IdClass {
  readonly id: number;
  /** '' where no rule names it. */
  readonly label: string;
}

const MAX_ID = 0xffff_fffe;

/** Everything `rules` ask that `known` does not tell. */
export function questionsOf(rules: readonly RuleSet[], known: Known): Unknown {
  const found = new Finder(known);
  for (const each of rules) found.scan(each);
  const { owners, classes, paths, sockets, bySet, idle } = found;
  const cgroups = [
    cgroupQuestion('the net_cls class of local packets', classes),
    cgroupQuestion('the control group of local packets', paths),
  ];
  const questions = [ownerQuestion(owners, known), ...cgroups, ...[...bySet].map(setQuestion), socketQuestion(sockets)];
  return { questions: questions.filter(({ matches }) => matches.length > 0), idle };
}

/** Modules that ask what may not be known. */
const ASKING: ReadonlySet<unknown> = new Set<unknown>([owner, cgroup, socket, set, setTarget]);

function isDoubtful({ matches, target }: Rule): boolean {
  return matches.some(({ module }) => ASKING.has(module)) || (target.kind === 'module' && ASKING.has(target.module));
}

class Finder {
  readonly owners: DoubtfulMatch[] = [];
  /** cgroup rules that ask for a class, and for a path. */
  readonly classes: DoubtfulMatch[] = [];
  readonly paths: DoubtfulMatch[] = [];
  readonly sockets: DoubtfulMatch[] = [];
  /** By set name, sides and conditions: what is asked of the set. */
  readonly bySet: Map<string, DoubtfulMatch[]> = new Map();
  readonly idle: object[] = [];
  private readonly known: Known;

  constructor(known: Known) {
    this.known = known;
  }

  scan(rules: RuleSet): void {
    for (const { chains } of rules.tables) {
      for (const chain of chains) {
        for (let i = 0; i < chain.length; i++) if (isDoubtful(chain.like(i))) this.scanRule(rules, chain.firstId + i, chain.rule(i));
      }
    }
  }

  private scanRule(rules: RuleSet, id: number, { matches, target }: Rule): void {
    for (const { module, info } of matches) this.note(module, { rules, rule: id, info: info as object });
    if (target.kind === 'module' && target.module === setTarget) this.noteTarget(target.info as SetTargetInfo);
  }

  private note(module: unknown, match: DoubtfulMatch): void {
    const { local, host } = this.known;
    if (module === owner && local) this.owners.push(match);
    else if (module === cgroup) this.noteCgroup(match, match.info as CgroupInfo);
    else if (module === socket && !host.settings.socketsGiven) this.sockets.push(match);
    else if (module === set && this.isMissing((match.info as SetInfo).name)) {
      const key = askedOf(match.info as SetInfo);
      const matches = this.bySet.get(key);
      if (matches === undefined) this.bySet.set(key, [match]);
      else matches.push(match);
    }
  }

  /** Where no process sends anything a cgroup rule never matches, and nobody need know. */
  private noteCgroup(match: DoubtfulMatch, { path }: CgroupInfo): void {
    if (!this.known.local) this.idle.push(match.info);
    else (path === null ? this.classes : this.paths).push(match);
  }

  /** Marks and priorities that a missing set would give are beyond doubt's two answers: that stays an error. */
  private noteTarget({ add, del }: SetTargetInfo): void {
    for (const use of [add, del]) if (use !== null && this.isMissing(use.name)) this.idle.push(use);
  }

  private isMissing(name: string): boolean {
    return this.known.missingSets && this.known.sets.get(name) === undefined;
  }
}

function ownerQuestion(matches: readonly DoubtfulMatch[], { host }: Known): Question {
  const infos = matches.map(({ info }) => info as OwnerInfo);
  const users = idClasses(host.sysctl(LOCAL_UID, -1), 'uid', infos);
  const groups = idClasses(host.sysctl(LOCAL_GID, -1), 'gid', infos);
  const answers = new Map<string, Answer>();
  for (const user of users) {
    for (const group of groups) {
      const holding = new Set(infos.filter((info) => isSentBy(info, user.id, group.id)));
      const key = infos.map((info) => (holding.has(info) ? '1' : '0')).join('');
      const conditions = [user.label, group.label].filter((text) => text !== '');
      const label = conditions.length === 0 ? 'any other sender' : conditions.join(' ');
      if (!answers.has(key)) answers.set(key, { label, conditions, holding });
    }
  }
  const all = [...answers.values()];
  const doubtful = matches.filter(({ info }) => all.some(({ holding }) => holding.has(info) !== all[0]!.holding.has(info)));
  return { subject: 'who sent the local packets', matches: doubtful, answers: all };
}

/** One id for each set of ids that the ranges tell apart, one that is in none of them first; of a known id, itself alone. */
function idClasses(known: number, kind: 'uid' | 'gid', infos: readonly OwnerInfo[]): IdClass[] {
  if (known >= 0) return [{ id: known, label: '' }];
  const ranges = infos.map((info) => info[kind]).filter((range) => range !== null);
  const edges = new Set([MAX_ID, 0, ...ranges.flatMap(({ lo, hi }) => [lo, hi, lo - 1, hi + 1])]);
  const classes = new Map<string, IdClass>();
  for (const id of edges) {
    if (id < 0 || id > MAX_ID) continue;
    const around = ranges.filter(({ lo, hi }) => id >= lo && id <= hi);
    const key = ranges.map((range) => (around.includes(range) ? '1' : '0')).join('');
    const [narrowest] = around.toSorted((a, b) => a.hi - a.lo - (b.hi - b.lo));
    if (classes.has(key)) continue;
    const label = narrowest === undefined ? '' : `${kind} ${narrowest.lo}${narrowest.lo === narrowest.hi ? '' : `-${narrowest.hi}`}`;
    classes.set(key, { id, label });
  }
  return [...classes.values()].sort((a, b) => Number(a.label !== '') - Number(b.label !== ''));
}

/** A process is in one group, and for paths in all groups above that one. */
function cgroupQuestion(subject: string, matches: readonly DoubtfulMatch[]): Question {
  const infos = matches.map(({ info }) => info as CgroupInfo);
  const groups = [...new Set(infos.map(groupName))].filter((name) => name !== ROOT).sort();
  const within = (group: string): object[] => infos.filter((info) => isWithin(group, groupName(info)) !== info.invert);
  const answers = [answer('any other cgroup', within(ROOT)), ...groups.map((name) => answer(`cgroup ${name}`, within(name)))];
  return { subject, matches, answers };
}

const ROOT = '/';

/** Number of the class, or the path from the root on, without doubled slashes. */
function groupName({ path, classid }: CgroupInfo): string {
  if (path === null) return `${classid}`;
  return `/${path
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;
}

function isWithin(group: string, named: string): boolean {
  return named === ROOT || group === named || group.startsWith(`${named}/`);
}

function setQuestion([key, matches]: [string, DoubtfulMatch[]]): Question {
  const infos = matches.map(({ info }) => info as SetInfo);
  return {
    subject: `what set ${infos[0]!.name} holds`,
    matches,
    answers: [
      answer(
        `not in set ${key}`,
        infos.filter(({ invert }) => invert),
      ),
      answer(
        `in set ${key}`,
        infos.filter(({ invert }) => !invert),
      ),
    ],
  };
}

/** What a rule wants to know of a set, the same for its inversion. */
function askedOf({ name, sources, returnNomatch, packets, bytes }: SetInfo): string {
  const words = [sources.map((source) => (source === 1 ? 'src' : 'dst')).join(',')];
  if (returnNomatch) words.push('return-nomatch');
  if (packets !== null) words.push(`packets-${packets.op} ${packets.value}`);
  if (bytes !== null) words.push(`bytes-${bytes.op} ${bytes.value}`);
  return `${name} (${words.join(' ')})`;
}

function socketQuestion(matches: readonly DoubtfulMatch[]): Question {
  const infos = matches.map(({ info }) => info as SocketInfo);
  const plain = infos.filter(({ transparent }) => !transparent);
  const answers = [answer('no socket takes it', [])];
  if (plain.length > 0) answers.push(answer('a socket takes it', plain));
  if (plain.length < infos.length) answers.push(answer('a transparent socket takes it', infos));
  return { subject: 'the sockets of the host', matches, answers };
}

function answer(label: string, holding: readonly object[]): Answer {
  return { label, conditions: [label], holding: new Set(holding) };
}
