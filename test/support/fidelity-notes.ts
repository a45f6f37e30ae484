/**
 * What the fidelity table of the README cannot count: how a module was checked that no recorded packet met, and what of it is
 * constant, refused or in doubt in a replay. By kind and name. "Not in the reference kernel": its build had no such module.
 */

const BY_HAND = 'no recorded packets: from the specification';
const NO_KERNEL = 'not in the reference kernel: from the specification';

export const NOTES: ReadonlyMap<string, string> = new Map([
  ['table security', 'no recorded scenario: walked as the filter table is, behind it'],

  ['match bpf', `${BY_HAND}; pinned programs are refused`],
  ['match cgroup', 'in doubt for local packets, never matches others; no recorded packets'],
  ['match cluster', 'nodes of addresses of both families as the live kernel chose them; else from the specification'],
  ['match connlabel', BY_HAND],
  ['match connlimit', 'counts as observed on the live kernel, packet by packet; tests made by hand after it'],
  ['match cpu', `constant: processor 0; ${BY_HAND}`],
  ['match dccp', BY_HAND],
  ['match devgroup', 'constant: all devices are in group 0'],
  ['match eui64', BY_HAND],
  ['match ipcomp', BY_HAND],
  ['match ipvs', 'read and refused: needs virtual services, which no rule set holds; not in the reference kernel'],
  ['match mh', BY_HAND],
  ['match nfacct', `constant: matches, as no object has a quota; ${BY_HAND}`],
  ['match osf', 'read and refused: needs fingerprints, which no rule set holds'],
  ['match owner', 'in doubt unless the host names the sender'],
  ['match physdev', 'constant: no packet crosses a bridge'],
  ['match policy', 'constant: every packet is in the clear'],
  ['match quota', BY_HAND],
  ['match rateest', BY_HAND],
  ['match realm', 'constant: realm 0'],
  ['match rpfilter', 'answers for addresses of both families as the live kernel gave them'],
  ['match socket', `in doubt unless the host lists its listeners; ${BY_HAND}`],
  ['match srh', BY_HAND],
  ['match time', `${BY_HAND}; the kernel's zone is taken for UTC`],

  ['target AUDIT', 'goes on; the text of its record is from the specification'],
  ['target CHECKSUM', 'no effect: a captured packet has its checksum'],
  ['target CONNSECMARK', 'no effect: security labels are not kept'],
  ['target IDLETIMER', 'no effect on packets'],
  ['target LED', 'no effect on packets; not in the reference kernel'],
  ['target NFQUEUE', `${BY_HAND}; the hash over several queues has a seed of its own, as in every kernel`],
  ['target RATEEST', BY_HAND],
  ['target SECMARK', 'no effect: security labels are not kept; the reference kernel has no labels to set'],
  ['target SYNPROXY', 'cookies, which hang on a secret, are compared blank; none in a capture is right'],
  ['target TEE', 'a recorded scenario of its own, copies compared as a set (`test/unit/engine/tee.test.ts`)'],
  ['target TPROXY', 'needs the listeners of the host file; refused when attached without them'],
  ['target TRACE', 'no recorded packets: its log lines are from the specification'],

  ['set type hash:ip,mac', NO_KERNEL],
  ['set type hash:ip,mark', NO_KERNEL],
  ['set type hash:mac', NO_KERNEL],
  ['set type hash:net,net', NO_KERNEL],
  ['set type hash:net,port,net', NO_KERNEL],

  [
    'helper ftp',
    'recorded live without scenarios, too: walks (`test/unit/conntrack/recorded`) and through NAT (`test/unit/nat/helper.test.ts`)',
  ],
  ['helper H.245', 'comes by Q.931, in the scenarios of that; a rule may give it to UDP alone, where no message of it makes sense'],
  ['helper tftp', 'recorded live through NAT, too (`test/unit/nat/helper.test.ts`)'],
]);
