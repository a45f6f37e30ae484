/**
 * hookline: Linux netfilter in userspace. Give a machine a rule set and packets; it tells for each what Linux would have done.
 *
 * This is the short way in. Every layer below is a subpath of its own: hookline/packet, hookline/capture, hookline/conntrack ...
 * @module
 */
export { type Capture, type CaptureOptions, createCapture, openCapture } from './capture/index.ts';
export type { HookProvider, Lent } from './engine/engine.ts';
export type { Fate, Outcome } from './engine/outcome.ts';
export type { EngineSink } from './engine/sink.ts';
export { CaptureError, type ErrorCode, HooklineError, type Location, RuleError } from './errors.ts';
export { Hook } from './hook/hook.ts';
export { Priority } from './hook/priority.ts';
export { Verdict } from './hook/verdict.ts';
export { Host } from './host/host.ts';
export { parseHost } from './host/host-json.ts';
export { plainRouter } from './host/plain-router.ts';
export { parseSavedHost } from './host/saved-host.ts';
export { listRules } from './iptables/list.ts';
export { printRules } from './iptables/print.ts';
export { parseRules, updateRules } from './iptables/save.ts';
export { decode } from './packet/decode.ts';
export { Packet } from './packet/packet.ts';
export { replay, type ReplayCapturesOptions, type ReplayInput } from './replay/captures.ts';
export { createEngine, Machine, type MachineOptions, type UpdateOptions, type UserHook } from './replay/machine.ts';
export type { Result, ResultSnapshot, StateName } from './replay/result.ts';
export type { ReplayStats } from './replay/stats.ts';
export { formatConntrackList } from './report/conntrack-list.ts';
export { formatPacket } from './report/tcpdump.ts';
export type { RuleSet } from './xtables/ruleset.ts';
export { parseSets, SetStore } from './xtables/set/store.ts';
