/**
 * HostPlan: what a host file says, checked and free of text: the input of `new Host`. Made by host-json.ts, host-saved.ts and
 * plain-router.ts.
 * @module
 */
import type { PolicyRule } from './policy-rule.ts';
import type { Route } from './route.ts';

export interface PlannedAddress {
  readonly family: 4 | 6;
  readonly words: Int32Array;
  readonly length: number;
  /** IPv4: address the subnet is built from, when it is not the address itself. */
  readonly peer?: number;
  /** IPv4: broadcast address, 0 for none. */
  readonly broadcast?: number;
  /** IPv4: scope; default universe, or host in 127/8. */
  readonly scope?: number;
  readonly deprecated?: boolean;
}

export interface PlannedInterface {
  readonly name: string;
  readonly mac: Uint8Array | null;
  readonly mtu: number;
  readonly noArp: boolean;
  readonly multicast: boolean;
  readonly up: boolean;
  /** Interface below a VLAN interface, by number; 0 for none. */
  readonly link: number;
  readonly vlan: number;
  /** In the order they were added. */
  readonly addresses: readonly PlannedAddress[];
}

export interface PlannedNeighbour {
  readonly dev: number;
  readonly words: Int32Array;
  readonly mac: Uint8Array;
}

export interface PlannedRoute {
  readonly family: 4 | 6;
  readonly route: Route;
}

export interface PlannedRule {
  readonly family: 4 | 6;
  readonly rule: PolicyRule;
}

/** A port of the host that somebody listens on. */
export interface Listener {
  readonly protocol: number;
  readonly family: 4 | 6;
  /** Address it is bound to; all words 0 for any. */
  readonly address: Int32Array;
  readonly port: number;
  /** It takes connections to any address (IP_TRANSPARENT): TPROXY hands them to it. */
  readonly transparent: boolean;
}

/** Timeouts by name, for connections of one tracker (nfnetlink_cttimeout). */
export interface PlannedPolicy {
  readonly family: 4 | 6;
  /** `tcp`, `udp` ... or `generic`. */
  readonly tracker: string;
  readonly seconds: ReadonlyMap<string, number>;
}

/** How a scenario wants to be replayed; no matter of routing. */
export interface HostSettings {
  /** `always`: connections are tracked whether or not a rule needs it; `auto`: as in a kernel, only if one does. */
  readonly conntrack: 'always' | 'auto';
  /** `respond`: the host answers echo requests, closed ports and so on; `sink`: what INPUT accepted is swallowed. */
  readonly localStack: 'respond' | 'sink';
  readonly listeners: readonly Listener[];
  /** Whether the description says which sockets there are: `listeners` is all of them then. */
  readonly socketsGiven: boolean;
  /** By name, for `-j CT --timeout`. */
  readonly timeoutPolicies: ReadonlyMap<string, PlannedPolicy>;
  /** Labels of what the recorded run could not reproduce (`nat-port-random`). */
  readonly nondeterministic: readonly string[];
}

export const DEFAULT_SETTINGS: HostSettings = {
  conntrack: 'auto',
  localStack: 'respond',
  listeners: [],
  socketsGiven: false,
  timeoutPolicies: new Map(),
  nondeterministic: [],
};

export interface HostPlan {
  /** Interface 1 is the first; lo may be among them and is added behind them if it is not. */
  readonly interfaces: readonly PlannedInterface[];
  /** Writes in order. */
  readonly sysctls: readonly (readonly [string, number])[];
  /** Routes beyond those that addresses bring. A gateway without a device (dev 0) is looked up in the routes before it. */
  readonly routes: readonly PlannedRoute[];
  readonly rules: readonly PlannedRule[];
  readonly neighbours: readonly PlannedNeighbour[];
  /** Whether addresses bring their subnet's route of table main, per family; else `routes` holds them. */
  readonly connected4: boolean;
  readonly connected6: boolean;
  /** Whether addresses of a family stand newest first already (a kernel's listing) or as they were added. */
  readonly listed: boolean;
  readonly settings: HostSettings;
  /** Listings of the connection table as it stood (`conntrack -L`); absent: it is empty. */
  readonly connections?: readonly SavedListing[];
}

/** A listing, and the file it is from. */
export interface SavedListing {
  readonly text: string;
  readonly file: string;
}
