/**
 * hookline/fuzz: properties of one's own rule sets. Traffic is drawn relative to a configuration, so that its rules and mappings are
 * really met; invariants are held against every packet; what fails is shrunk to the fewest packets that show it.
 *
 *   const configuration = { host, rules: [parseRules(text)] };
 *   const { failure } = fuzz(configuration, { invariants: [...INVARIANTS, policy('no NEW from eth0 to virbr0')] });
 *
 * Or with fast-check's own runner: fc.assert(fc.property(trafficFor(configuration), (talk) => ... run(configuration, talk) ...)).
 * @module
 */
export { type ConntrackAction, conntrackCommands, ConntrackModel, ConntrackUnderTest } from './conntrack-commands.ts';
export { address, conversation, port, traffic } from './conversation.ts';
export type { Act, By, Conversation, End, Oddity, Step, Traffic } from './conversation.ts';
export { damagedFrame, frame, layers } from './frame.ts';
export { fuzz, Fuzzer, run, trafficFor } from './fuzz.ts';
export type { Failure, FuzzCounts, FuzzOptions, FuzzResult } from './fuzz.ts';
export { hostFile } from './host.ts';
export { type Check, firstViolation, type Invariant, type Violation } from './invariant/invariant.ts';
export { INVARIANTS } from './invariant/list.ts';
export { policy } from './invariant/policy.ts';
export { type IpsetAction, ipsetCommands, IpsetModel, IpsetUnderTest } from './ipset-commands.ts';
export { type Landscape, type Side, survey } from './landscape.ts';
export { minimise } from './minimise.ts';
export { type Configuration, type Injected, linkTypeOf, type Observation, observeAll, Observer } from './observe.ts';
export { BEGIN_US, play } from './play.ts';
export { type RuleChange, ruleChange, ruleText } from './rules.ts';
export { type Ends, endsText, type Sighting } from './sighting.ts';
