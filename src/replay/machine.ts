/**
 * Machine: a router with rule sets, as a program uses it. An Engine that knows interfaces by name, sets by rule set, and tells
 * what became of a packet in words.
 *
 *   const machine = createEngine(parseHost(json));
 *   machine.attach(parseRules(text));
 *   const { verdict, reason, rule } = machine.receive(packet, 'eth0');
 *
 * The result is one object, reused: valid until the next packet. snapshot() keeps it.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Engine, type EngineOptions, type HookProvider } from '../engine/engine.ts';
import { HooklineError } from '../errors.ts';
import type { HookEntry } from '../hook/hook-table.ts';
import type { Verdict } from '../hook/verdict.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';
import { type ParseOptions, updateRules } from '../iptables/save.ts';
import { evaluateCompiled } from '../xtables/compiled/evaluator.ts';
import type { EvaluatorFactory } from '../xtables/evaluator.ts';
import { evaluateIndexed } from '../xtables/indexed/evaluator.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { SetStore } from '../xtables/set/store.ts';
import { attachRules } from './attach.ts';
import { keepPacket } from './keep.ts';
import { Result } from './result.ts';

/** A function of one's own at a hook. */
export interface UserHook extends HookEntry {
  readonly family: 4 | 6;
}

/** How a change is read: file named in messages, family (default 4), whether counters are taken over (default true). */
export type UpdateOptions = Pick<ParseOptions, 'file' | 'family' | 'counters'>;

export interface MachineOptions extends Omit<EngineOptions, 'host'> {
  /** Whether rules that many packets meet become code, made of their numbers; default true. Where Node forbids it none is made. */
  readonly codegen?: boolean;
}

/** A machine on `host`; without rules it forwards what the host would forward. */
export function createEngine(host: Host, options: MachineOptions = {}): Machine {
  return new Machine(host, options);
}

export class Machine {
  readonly host: Host;
  /** The engine inside, for what has no short form here. */
  readonly engine: Engine;
  private readonly result: Result;
  private readonly rules: RuleSet[] = [];
  private readonly evaluate: EvaluatorFactory;

  constructor(host: Host, options: MachineOptions = {}) {
    const { codegen = true, ...rest } = options;
    this.host = host;
    this.evaluate = codegen ? evaluateCompiled : evaluateIndexed;
    this.engine = new Engine({ host, ...rest });
    this.result = new Result(this.engine, this.rules);
  }

  /** Connections, as they stand. */
  get conntrack(): Conntrack {
    return this.engine.conntrack;
  }

  /** The rule sets attached, in order. */
  get ruleSets(): readonly RuleSet[] {
    return this.rules;
  }

  /**
   * Evaluate a rule set (one a family) or any other provider of hook entries. `sets` are the ipsets that rules name.
   * @throws ERR_SET where a rule names a set that is not there
   */
  attach(provider: RuleSet | HookProvider, sets: SetStore = new SetStore()): this {
    if (!isRuleSet(provider)) {
      this.engine.attach(provider);
      return this;
    }
    if (this.rules.some(({ family }) => family === provider.family)) {
      throw new HooklineError('ERR_INPUT', `an IPv${provider.family} rule set is attached already: a machine has one a family`);
    }
    attachRules(this.engine, provider, sets, null, this.evaluate);
    this.rules.push(provider);
    return this;
  }

  /**
   * Change the rule set of a family while it runs, by a text as for `iptables-restore --noflush` (see updateRules): all of it or
   * nothing. Connections, counters and what rules remember stay, but for rules the text takes away.
   * @throws RuleError at the place of the first thing refused; ERR_INPUT without a rule set
   */
  update(text: string | Uint8Array, options: UpdateOptions = {}): this {
    const family = options.family ?? 4;
    const rules = this.rules.find((set) => set.family === family);
    if (rules === undefined) throw new HooklineError('ERR_INPUT', `no IPv${family} rule set is attached`);
    updateRules(rules, text, options);
    return this;
  }

  /**
   * Run a function of one's own at a hook: ascending by priority; among equals the one registered last runs first. It answers
   *
   *   Accept  on to the next function        Stolen  the function took the packet: the machine forgets it
   *   Drop    the packet ends                Queue   the packet waits until resume() (see there)
   *   Repeat  the same function once more (16 times at most, then the packet is dropped)
   *
   * It may write to the packet after packet.makeWritable(). Returns what takes it away again.
   */
  registerHook(hook: UserHook): () => void {
    const hooks = this.engine.hooks(hook.family);
    hooks.add(hook);
    return () => hooks.remove(hook);
  }

  /** Track connections of a family though no rule needs it, as Linux does once nf_conntrack is in use. */
  trackConnections(family: 4 | 6): void {
    this.engine.conntrack.enable(family);
  }

  /** Take a decoded packet that arrived on `indev`, a name or number; default: packet.indev. */
  receive(packet: Packet, indev: string | number = packet.indev): Result {
    packet.indev = typeof indev === 'number' ? indev : this.interfaceNumber(indev);
    this.engine.receive(packet);
    return this.result.tell(packet);
  }

  /** Take a decoded IP packet that a local process sent. */
  send(packet: Packet): Result {
    this.engine.send(packet);
    return this.result.tell(packet);
  }

  /**
   * Answer a packet that waits because a function queued it: Accept goes on behind that function, Repeat calls it again, Drop and
   * Stolen end it. The packet must be the very object; one that its owner re-aims (as a capture does) is kept with keep() first.
   */
  resume(packet: Packet, verdict: Verdict): Result {
    this.engine.resume(packet, verdict);
    return this.result.tell(packet);
  }

  /** A queued packet as an object of its own, with its octets and its connection: the original may be used for the next one. */
  keep(packet: Packet): Packet {
    return keepPacket(packet);
  }

  private interfaceNumber(name: string): number {
    const found = this.host.interfaceByName(name);
    if (found === null) throw new HooklineError('ERR_HOST', `${name}: the host has no such interface`);
    return found.index;
  }
}

function isRuleSet(provider: RuleSet | HookProvider): provider is RuleSet {
  return 'tables' in provider;
}
