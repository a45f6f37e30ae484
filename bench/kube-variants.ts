/**
 * kube-proxy rule sets in the whole-process bench: what a connection's first packet costs with 10 to 160,000 rules, found by the
 * index and rule by rule, and what loading them costs (there a "packet" is a rule).
 * @module
 */
import { Engine } from '../src/engine/engine.ts';
import { plainRouter } from '../src/host/plain-router.ts';
import { finish, sum16 } from '../src/inet/checksum.ts';
import { TCP } from '../src/inet/protocol.ts';
import { parseRules } from '../src/iptables/save.ts';
import { build } from '../src/packet/build.ts';
import { ethernet, ipv4, tcp } from '../src/packet/build-layers.ts';
import { decode } from '../src/packet/decode.ts';
import { LinkType } from '../src/packet/link-type.ts';
import { Packet } from '../src/packet/packet.ts';
import type { EvaluatorFactory } from '../src/xtables/evaluator.ts';
import { evaluateIndexed } from '../src/xtables/indexed/evaluator.ts';
import type { RuleSet } from '../src/xtables/ruleset.ts';
import { SetStore } from '../src/xtables/set/store.ts';
import { interpret } from '../src/xtables/traverse.ts';
import { KubeRules } from './support/kube.ts';
import type { Pass, Variant } from './support/macro.ts';

const SYN = 2;
const FROM_CLIENT = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');
const PASSES = 4;
/** Services by the number of rules they make, about. */
const SIZES: readonly (readonly [rules: string, services: number])[] = [
  ['10', 1],
  ['1,000', 125],
  ['40,000', 5000],
  ['160,000', 20_000],
];
/** New connections a pass: few where every one walks all rules. */
const INDEXED_FLOWS = 40_000;
const INTERPRETED_FLOWS = 400;
/** Steps through the services that visit all before any again. */
const STRIDE = 7919;
const CLIENTS = 50_000;

/** An engine with the rules, and SYNs to their services that it has not seen. */
class Clients {
  private readonly packet = new Packet();
  private readonly frame: Uint8Array = build(FROM_CLIENT, ipv4('10.244.0.1', '10.96.0.1'), tcp(1024, 80, { flags: SYN }));
  private readonly view: DataView = new DataView(this.frame.buffer);
  private readonly services: KubeRules['services'];
  private readonly engine: Engine;
  private sent = 0;
  private left = 0;

  constructor(kube: KubeRules, rules: RuleSet, evaluate: EvaluatorFactory) {
    const sink = { transmit: () => void this.left++, deliver: () => undefined };
    this.engine = new Engine({ host: plainRouter(), sink });
    attach(this.engine, rules, evaluate);
    this.services = kube.services;
  }

  pass(count: number): Pass {
    const before = this.left;
    for (let i = 0; i < count; i++) this.send();
    return { packets: count, check: this.left - before };
  }

  /** Client address and port count up. */
  private send(): void {
    const { packet, sent, services, view, frame: bytes } = this;
    const { word, port } = services[(sent * STRIDE) % services.length]!;
    view.setUint16(28, sent % CLIENTS);
    view.setInt32(30, word);
    view.setUint16(34, 1024 + (sent % 60_000));
    view.setUint16(36, port);
    rechecksum(view);
    packet.reset();
    packet.bytes = bytes;
    packet.view = view;
    packet.start = 0;
    packet.end = bytes.length;
    packet.wireLength = bytes.length;
    decode(packet, LinkType.Ethernet);
    packet.indev = 1;
    packet.index = sent;
    packet.nowUs = 1_700_000_000_000_000 + sent;
    this.sent++;
    this.engine.receive(packet);
  }
}

/** Both checksums anew: the client's address and port were written over. */
function rechecksum(view: DataView): void {
  view.setUint16(24, 0);
  view.setUint16(24, finish(sum16(view, 14, 20)));
  view.setUint16(50, 0);
  view.setUint16(50, finish(sum16(view, 26, view.byteLength - 26, TCP + view.byteLength - 34)));
}

function attach(engine: Engine, rules: RuleSet, evaluate: EvaluatorFactory): void {
  const sets = new SetStore();
  engine.attach({ family: 4, attach: (hooks, lent) => rules.attach(hooks, { ...lent, sets }, evaluate) });
}

function newFlows(rules: string, services: number, how: 'index' | 'interpreter'): Variant {
  return {
    name: `new flow, ${rules} kube rules, ${how}`,
    passes: PASSES,
    prepare() {
      const kube = new KubeRules(services);
      const set = parseRules(kube.text, { file: 'kube', family: 4 });
      const clients = new Clients(kube, set, how === 'index' ? evaluateIndexed : interpret);
      return () => clients.pass(how === 'index' ? INDEXED_FLOWS : INTERPRETED_FLOWS);
    },
  };
}

/** Text to a rule set on an engine whose first packet has been sent: nothing is left to be made. */
function loading(rules: string, services: number): Variant {
  return {
    name: `load, ${rules} kube rules (a rule)`,
    passes: 3,
    prepare() {
      const kube = new KubeRules(services);
      return () => {
        const set = parseRules(kube.text, { file: 'kube', family: 4 });
        const { check } = new Clients(kube, set, evaluateIndexed).pass(1);
        return { packets: set.ruleCount, check };
      };
    },
  };
}

export const KUBE_VARIANTS: readonly Variant[] = SIZES.flatMap(([rules, services]) => [
  loading(rules, services),
  newFlows(rules, services, 'index'),
  newFlows(rules, services, 'interpreter'),
]);
