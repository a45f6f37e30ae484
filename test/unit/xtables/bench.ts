import { HookTable } from '../../../src/hook/hook-table.ts';
import type { Hook } from '../../../src/hook/hook.ts';
import type { Verdict } from '../../../src/hook/verdict.ts';
import type { NatChains } from '../../../src/nat/nat.ts';
import { Packet } from '../../../src/packet/packet.ts';
import type { EvaluatorFactory } from '../../../src/xtables/evaluator.ts';
import { evaluateIndexed } from '../../../src/xtables/indexed/evaluator.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import type { Services } from '../../../src/xtables/services.ts';

const INTERFACES = ['', 'eth0', 'eth1', 'lo'].map((name, index) => ({ name, index }));

/** A rule set attached to a machine that is nothing but interfaces. */
export class Bench {
  readonly hooks: HookTable = new HookTable();
  readonly lines: string[] = [];
  readonly enabled: number[] = [];
  readonly defragmented: number[] = [];
  chains: NatChains | null = null;
  readonly rules: RuleSet;

  constructor(rules: RuleSet, log = false, evaluate: EvaluatorFactory = evaluateIndexed) {
    this.rules = rules;
    const services = {
      family: rules.family,
      host: { interfaces: INTERFACES, loopback: 3 },
      conntrack: {
        enable: (family: number) => this.enabled.push(family),
        enableDefrag: (family: number) => this.defragmented.push(family),
      },
      nat: {
        hookEntries: (_family: number, chains: NatChains) => {
          this.chains = chains;
          return [];
        },
      },
      log: log ? (line: string) => this.lines.push(line) : null,
    };
    rules.attach(this.hooks, services as unknown as Services, evaluate);
  }

  /** Walk a hook and tell what was hit, in order. */
  run(hook: Hook, packet: Packet): { verdict: Verdict; hits: string[] } {
    const { recorder } = this.rules;
    recorder.begin();
    const verdict = this.hooks.run(hook, packet);
    recorder.end();
    return { verdict, hits: Array.from(recorder.ids.subarray(0, recorder.count), (id) => this.rules.ruleName(id)) };
  }
}

/** An IPv4 packet of 100 octets, of which only what headers ask for is set. */
export function packet4(fields: Partial<Packet> = {}): Packet {
  return Object.assign(new Packet(), { family: 4, protocol: 17, networkLength: 100 }, fields);
}
