/**
 * The whole way of a packet: every hook, rule, connection state and translation, and why.
 * @module
 */
export { Explainer, isExplanation } from './explain.ts';
export { type Flow, isFlowOf, isOfFlow, parseFlow } from './flow.ts';
export type * from './model.ts';
export { explanationText } from './text.ts';
export { WatchedEngine, type WatchedOptions } from './watched-engine.ts';
