/**
 * fuzz: a configuration held against invariants with traffic that fits it, until something fails or the patience is at an end.
 *
 *   rounds of random traffic -> fast-check shrinks the conversations -> minimise() leaves out packets -> Failure
 *
 * Round r draws from seed + r: a failure is found again at once with the seed it names, whatever came before.
 * @module
 */
import fc from 'fast-check';
import { type Traffic, traffic } from './conversation.ts';
import { firstViolation, type Invariant, type Violation } from './invariant/invariant.ts';
import { survey } from './landscape.ts';
import { minimise } from './minimise.ts';
import { type Configuration, type Injected, type Observation, observeAll, Observer } from './observe.ts';
import { play } from './play.ts';

export interface FuzzOptions {
  readonly invariants: readonly Invariant[];
  /** Seed of the first round; default 1. */
  readonly seed?: number;
  /** Rounds of fuzz() at most; default 100. */
  readonly rounds?: number;
  /** Runs (each a fresh machine) a round; default 50. */
  readonly runs?: number;
}

/** What was done. */
export interface FuzzCounts {
  readonly rounds: number;
  /** Fresh machines that traffic was put through; shrinking is not counted. */
  readonly runs: number;
  readonly packets: number;
}

export interface Failure {
  readonly violation: Violation;
  /** The fewest packets found that show it, with what became of each. */
  readonly packets: readonly Injected[];
  readonly observations: readonly Observation[];
  /** Seed that finds it in the first round. */
  readonly seed: number;
}

export interface FuzzResult {
  readonly counts: FuzzCounts;
  /** null: nothing failed. */
  readonly failure: Failure | null;
}

/** Families worth talking: those of the rule sets; of a host without rules, those it has addresses of. */
function familiesOf({ rules, host }: Configuration): (4 | 6)[] {
  const families = rules.map(({ family }) => family);
  if (families.length > 0) return families;
  return ([4, 6] as const).filter((family) =>
    host.interfaces.some((device) => device !== undefined && (family === 4 ? device.addresses4 : device.addresses6).length > 0),
  );
}

/** Traffic that fits a configuration, and what `invariants` ask about, for properties of one's own. */
export function trafficFor(configuration: Configuration, invariants: readonly Invariant[] = []): fc.Arbitrary<Traffic> {
  const about = invariants.map((invariant) => invariant.about ?? '').join(' ');
  return traffic(familiesOf(configuration).map((family) => survey(configuration.host, family, configuration.rules, about)));
}

/** Hold conversations through a fresh machine and tell what was observed. */
export function run(configuration: Configuration, conversations: Traffic): Observation[] {
  return play(new Observer(configuration), conversations);
}

/** Rounds one by one, for whoever wants to look around in between. */
export class Fuzzer {
  counts: FuzzCounts = { rounds: 0, runs: 0, packets: 0 };
  private readonly configuration: Configuration;
  private readonly invariants: readonly Invariant[];
  private readonly seed: number;
  private readonly runs: number;
  private readonly arbitrary: fc.Arbitrary<Traffic>;

  constructor(configuration: Configuration, { invariants, seed = 1, runs = 50 }: FuzzOptions) {
    this.configuration = configuration;
    this.invariants = invariants;
    this.seed = seed;
    this.runs = runs;
    this.arbitrary = trafficFor(configuration, invariants);
  }

  /** One round more; null: nothing failed in it. */
  round(): Failure | null {
    const { configuration, invariants, counts } = this;
    const seed = this.seed + counts.rounds;
    let failed = false;
    let { runs, packets } = counts;
    const property = fc.property(this.arbitrary, (conversations) => {
      const observations = run(configuration, conversations);
      if (!failed) {
        runs++;
        packets += observations.length;
      }
      const holds = firstViolation(configuration, invariants, observations) === null;
      failed ||= !holds;
      return holds;
    });
    const details = fc.check(property, { seed, numRuns: this.runs });
    this.counts = { rounds: counts.rounds + 1, runs, packets };
    return details.failed ? smallest(configuration, invariants, details.counterexample![0], seed) : null;
  }
}

/** Rounds until one fails or there were enough. */
export function fuzz(configuration: Configuration, options: FuzzOptions): FuzzResult {
  const { rounds = 100 } = options;
  const fuzzer = new Fuzzer(configuration, options);
  for (let round = 0; round < rounds; round++) {
    const failure = fuzzer.round();
    if (failure !== null) return { counts: fuzzer.counts, failure };
  }
  return { counts: fuzzer.counts, failure: null };
}

/**
 * From conversations that fail to the fewest packets that do, by the same invariant. First steps are left out and the rest is held
 * anew, so that answers still fit what was asked (a port that was drawn may be another one then); at last packets.
 */
function smallest(configuration: Configuration, invariants: readonly Invariant[], conversations: Traffic, seed: number): Failure {
  const first = firstViolation(configuration, invariants, run(configuration, conversations))!;
  const wanted = [first.invariant];
  const violates = (observations: readonly Observation[]): boolean => firstViolation(configuration, wanted, observations) !== null;
  const steps = minimise(stepsOf(conversations), (kept) => violates(run(configuration, withSteps(conversations, kept))));
  const observations = run(configuration, withSteps(conversations, steps));
  const end = firstViolation(configuration, wanted, observations)!.observation.index + 1;
  const shown = observations.slice(0, end).map(({ injected }) => injected);
  const packets = minimise(shown, (fewer) => violates(observeAll(configuration, fewer)));
  const again = observeAll(configuration, packets);
  return { violation: firstViolation(configuration, wanted, again)!, packets, observations: again, seed };
}

/** A step by its place. */
type Place = readonly [conversation: number, step: number];

function stepsOf(conversations: Traffic): Place[] {
  return conversations.flatMap(({ steps }, i) => steps.map((_, j): Place => [i, j]));
}

/** The conversations with these steps alone; each still happens when it did. */
function withSteps(conversations: Traffic, kept: readonly Place[]): Traffic {
  return conversations.map((conversation, i) => {
    let waitMs = 0;
    const steps = conversation.steps.flatMap((step, j) => {
      waitMs += step.waitMs;
      if (!kept.some(([of, at]) => of === i && at === j)) return [];
      const placed = { ...step, waitMs };
      waitMs = 0;
      return [placed];
    });
    return { ...conversation, steps };
  });
}
