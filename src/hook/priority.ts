/**
 * Where in a hook an entry runs: ascending. Values of include/uapi/linux/netfilter_ipv4.h; IPv6 shares them but for confirm at
 * INPUT, which runs one earlier.
 * @module
 */
export const Priority = {
  RawBeforeDefrag: -450,
  Defrag: -400,
  Raw: -300,
  Conntrack: -200,
  Mangle: -150,
  NatDst: -100,
  Filter: 0,
  Security: 50,
  NatSrc: 100,
  Confirm: 0x7fffffff,
} as const;
