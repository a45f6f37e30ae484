/** The public surface of host/. */
export { Host } from './host.ts';
export { parseHost } from './host-json.ts';
export type { Address4, Address6, Interface } from './interface.ts';
export { NO_INTERFACE } from './interface.ts';
export type { HostPlan, HostSettings, Listener } from './plan.ts';
export { plainRouter } from './plain-router.ts';
export { RouteQuery4, RouteQuery6, RouteResult } from './route.ts';
export { parseSavedHost, SAVED_FILES } from './saved-host.ts';
export { RouteType } from '../packet/destination.ts';
