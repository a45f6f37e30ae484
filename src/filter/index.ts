/**
 * Filters in the language of pcap-filter(7), compiled to classic BPF.
 * @module
 */
export type { BpfProgram } from '../bpf/code.ts';
export { FilterError } from './filter-error.ts';
export { compileFilter, PacketFilter } from './packet-filter.ts';
