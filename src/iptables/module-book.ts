/**
 * Which modules a rule text may name, by family: those hookline has, and those it knows by name only, so that "not evaluated
 * here" can be told apart from "no such thing".
 * @module
 */
import { MATCHES } from '../xtables/match/index.ts';
import type { MatchModule } from '../xtables/match.ts';
import type { OptionSpec } from '../xtables/options.ts';
import { TARGETS } from '../xtables/target/index.ts';
import type { TargetModule } from '../xtables/target.ts';

/** A module with its options by every name they have. */
export interface Listed<Module> {
  readonly module: Module;
  readonly options: ReadonlyMap<string, OptionSpec>;
}

/** Extensions of iptables 1.8.9 and of xtables-addons by name. */
const KNOWN_MATCHES = `account addrtype ah bpf cgroup cluster comment condition connbytes connlabel connlimit connmark conntrack cpu
  dccp devgroup dhcpmac dscp dst ecn esp eui64 frag fuzzy geoip gradm hashlimit hbh helper hl iface icmp icmp6 ipcomp iprange
  ipp2p ipv4options ipv6header ipvs layer7 length length2 limit lscan mac mark mh multiport ndpi nfacct nth osf owner physdev pkttype
  policy psd quota quota2 random rateest realm recent rpfilter rt sctp set socket srh standard state statistic string tcp
  tcpmss time tos ttl u32 udp unclean`;
const KNOWN_TARGETS = `ACC ACCOUNT AUDIT CHAOS CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CT DELUDE DHCPMAC DNAT DNETMAP DNPT DSCP
  ECHO ECN FLOWOFFLOAD HL HMARK IDLETIMER IPMARK LED LOG LOGMARK MARK MASQUERADE MIRROR NETMAP NFLOG NFQUEUE NOTRACK PROTO RATEEST
  RAWDNAT RAWSNAT REDIRECT REJECT ROUTE SAME SECMARK SET SNAT SNPT STEAL SYNPROXY SYSRQ TARPIT TCPMSS TCPOPTSTRIP TEE TOS TPROXY
  TRACE TTL ULOG`;

function namesOf(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}

/** Books of all there is, by family: made once, as every change of a rule set asks for one. */
const BOOKS: Map<4 | 6, ModuleBook> = new Map();

/** Default: all modules hookline has. */
export function bookOf(family: 4 | 6, matches?: readonly MatchModule[], targets?: readonly TargetModule[]): ModuleBook {
  if (matches !== undefined || targets !== undefined) return new ModuleBook(family, matches ?? MATCHES, targets ?? TARGETS);
  let book = BOOKS.get(family);
  if (book === undefined) BOOKS.set(family, (book = new ModuleBook(family, MATCHES, TARGETS)));
  return book;
}

export class ModuleBook {
  private readonly matches: Map<string, Listed<MatchModule>> = new Map();
  private readonly targets: Map<string, Listed<TargetModule>> = new Map();

  constructor(family: 4 | 6, matches: readonly MatchModule[], targets: readonly TargetModule[]) {
    for (const module of matches) {
      if (module.families?.includes(family) === false) continue;
      const listed = { module, options: optionsByName(module.options) };
      for (const name of [module.name, ...(module.aliases ?? [])]) this.matches.set(name, listed);
    }
    for (const module of targets) {
      if (module.families?.includes(family) === false) continue;
      this.targets.set(module.name, { module, options: optionsByName(module.options) });
    }
  }

  match(name: string): Listed<MatchModule> | undefined {
    return this.matches.get(name);
  }

  target(name: string): Listed<TargetModule> | undefined {
    return this.targets.get(name);
  }

  get matchNames(): Iterable<string> {
    return this.matches.keys();
  }

  get targetNames(): Iterable<string> {
    return this.targets.keys();
  }

  /** The modules that have an option of this name. */
  ownersOf(option: string): readonly string[] {
    const owners = [...this.matches.values(), ...this.targets.values()].filter(({ options }) => options.has(option));
    return [...new Set(owners.map(({ module }) => module.name))];
  }

  /** Every option there is, of any module: for telling what a misspelt one may have been. */
  *optionNames(): Generator<string> {
    for (const { options } of this.matches.values()) yield* options.keys();
    for (const { options } of this.targets.values()) yield* options.keys();
  }
}

/** Whether a match exists that hookline may not have. */
export function isKnownMatch(name: string): boolean {
  return namesOf(KNOWN_MATCHES).has(name);
}

export function isKnownTarget(name: string): boolean {
  return namesOf(KNOWN_TARGETS).has(name);
}

function optionsByName(options: readonly OptionSpec[]): ReadonlyMap<string, OptionSpec> {
  const byName = new Map<string, OptionSpec>();
  for (const option of options) {
    for (const name of [option.name, ...(option.aliases ?? [])]) byName.set(name, option);
  }
  return byName;
}
