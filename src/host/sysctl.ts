/**
 * Sysctls of the host, as numbers. Per-device ones (`net.ipv4.conf.<device>.<name>`) are kept by device; a write to `all`,
 * `default` or `ip_forward` reaches the devices it reaches in the kernel.
 *
 * Names may be written with dots or slashes; a dot inside a device name is a slash in `sysctl -a`. Values that are no numbers
 * (and so nothing a packet's way depends on) are not kept.
 * @module
 */

/** `net.ipv4.conf.eth0.rp_filter` taken apart. */
interface DeviceKey {
  readonly family: 4 | 6;
  readonly device: string;
  readonly name: string;
}

/** Where the recorder of scenarios starts from; a scenario's own sysctls come on top. */
export const RECORDED_SYSCTLS: readonly (readonly [string, number])[] = [
  ['net.ipv4.conf.all.rp_filter', 0],
  ['net.ipv4.conf.default.rp_filter', 0],
  ['net.ipv4.conf.all.send_redirects', 0],
  ['net.ipv4.conf.default.send_redirects', 0],
  ['net.ipv4.conf.all.accept_redirects', 0],
  ['net.ipv4.conf.default.accept_redirects', 0],
  ['net.ipv4.conf.all.accept_source_route', 0],
  ['net.ipv4.conf.default.accept_source_route', 0],
  ['net.ipv4.conf.all.route_localnet', 0],
  ['net.ipv4.conf.all.log_martians', 0],
  ['net.ipv4.icmp_ratelimit', 0],
  ['net.ipv4.icmp_msgs_per_sec', 1_000_000],
  ['net.ipv4.icmp_msgs_burst', 1_000_000],
  ['net.ipv4.icmp_echo_ignore_broadcasts', 1],
  ['net.ipv4.ip_default_ttl', 64],
  ['net.ipv4.tcp_timestamps', 1],
  ['net.ipv4.ip_no_pmtu_disc', 0],
  ['net.ipv4.ip_forward_use_pmtu', 0],
  ['net.ipv6.conf.all.accept_ra', 0],
  ['net.ipv6.conf.default.accept_ra', 0],
  ['net.ipv6.conf.all.accept_redirects', 0],
  ['net.ipv6.conf.default.accept_redirects', 0],
  ['net.ipv6.conf.all.accept_dad', 0],
  ['net.ipv6.conf.default.accept_dad', 0],
  ['net.ipv6.conf.all.autoconf', 0],
  ['net.ipv6.conf.default.autoconf', 0],
  ['net.ipv6.conf.all.addr_gen_mode', 1],
  ['net.ipv6.conf.default.addr_gen_mode', 1],
  ['net.ipv6.icmp.ratelimit', 0],
  ['net.netfilter.nf_conntrack_acct', 1],
  ['net.netfilter.nf_conntrack_checksum', 1],
  ['net.netfilter.nf_conntrack_tcp_loose', 1],
  ['net.netfilter.nf_conntrack_tcp_be_liberal', 0],
  ['net.netfilter.nf_conntrack_tcp_ignore_invalid_rst', 0],
  ['net.netfilter.nf_conntrack_log_invalid', 0],
  ['net.netfilter.nf_conntrack_events', 1],
  ['net.netfilter.nf_conntrack_timestamp', 0],
];

/** What a kernel starts with where that is not 0 or differs from the recorder's surroundings. */
export const KERNEL_SYSCTLS: readonly (readonly [string, number])[] = [
  ['net.ipv4.conf.all.send_redirects', 1],
  ['net.ipv4.conf.default.send_redirects', 1],
  ['net.ipv4.conf.all.shared_media', 1],
  ['net.ipv4.conf.default.shared_media', 1],
  ['net.ipv4.icmp_ratelimit', 1000],
  ['net.ipv4.icmp_msgs_per_sec', 1000],
  ['net.ipv4.icmp_msgs_burst', 50],
  ['net.ipv4.icmp_echo_ignore_broadcasts', 1],
  ['net.ipv4.ip_default_ttl', 64],
  ['net.ipv6.icmp.ratelimit', 1000],
  ['net.netfilter.nf_conntrack_checksum', 1],
  ['net.netfilter.nf_conntrack_tcp_loose', 1],
];

/** IPv6 names whose `all` is written through to every device. */
const ALL_REACHES6 = new Set(['forwarding', 'disable_ipv6', 'addr_gen_mode']);

export class Sysctls {
  private readonly values: Map<string, number> = new Map();
  private readonly devices4: Map<string, number>[];
  private readonly devices6: Map<string, number>[];
  private readonly all4: Map<string, number> = new Map();
  private readonly all6: Map<string, number> = new Map();
  private readonly indexes: ReadonlyMap<string, number>;

  /** `indexes`: interface numbers by name; number 0 is no interface. */
  constructor(indexes: ReadonlyMap<string, number>) {
    this.indexes = indexes;
    const count = indexes.size + 1;
    this.devices4 = Array.from({ length: count }, () => new Map<string, number>());
    this.devices6 = Array.from({ length: count }, () => new Map<string, number>());
  }

  get(key: string, byDefault: number): number {
    return this.values.get(key) ?? byDefault;
  }

  all(family: 4 | 6, name: string, byDefault: number): number {
    return (family === 4 ? this.all4 : this.all6).get(name) ?? byDefault;
  }

  device(family: 4 | 6, device: number, name: string, byDefault: number): number {
    return (family === 4 ? this.devices4 : this.devices6)[device]?.get(name) ?? byDefault;
  }

  /** Write one value, as `sysctl -w` would. Devices the host does not have are passed over. */
  write(key: string, value: number): void {
    const dotted = normalize(key);
    this.values.set(dotted, value);
    if (dotted === 'net.ipv4.ip_forward') this.writeDevice({ family: 4, device: 'all', name: 'forwarding' }, value);
    const part = deviceKey(key, dotted);
    if (part !== null) this.writeDevice(part, value);
  }

  private writeDevice({ family, device, name }: DeviceKey, value: number): void {
    const devices = family === 4 ? this.devices4 : this.devices6;
    if (device === 'all') {
      (family === 4 ? this.all4 : this.all6).set(name, value);
      const reaches = family === 4 ? name === 'forwarding' : ALL_REACHES6.has(name);
      if (reaches) for (const map of devices) map.set(name, value);
      if (name === 'forwarding') this.values.set(family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding', value);
    } else if (device === 'default') {
      for (const map of devices) map.set(name, value);
    } else {
      devices[this.indexes.get(device) ?? -1]?.set(name, value);
    }
  }
}

function normalize(key: string): string {
  return key.includes('.') && !key.startsWith('net/') ? key : key.replaceAll('/', '.');
}

/** The parts of a per-device key, or null for any other key. */
function deviceKey(key: string, dotted: string): DeviceKey | null {
  const family = dotted.startsWith('net.ipv4.conf.') ? 4 : dotted.startsWith('net.ipv6.conf.') ? 6 : 0;
  if (family === 0) return null;
  const start = 'net.ipv4.conf.'.length;
  const separator = key.startsWith('net/') ? '/' : '.';
  const end = key.lastIndexOf(separator);
  if (end <= start) return null;
  const device = key.slice(start, end);
  return { family, device: separator === '.' ? device.replaceAll('/', '.') : device, name: key.slice(end + 1) };
}

/** The lines of `sysctl -a` (`name = value`) whose values are numbers; of several numbers the first. */
export function* parseSysctlText(text: string): Generator<readonly [string, number]> {
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at < 0 || line.startsWith('#') || line.startsWith(';')) continue;
    const value = Number.parseInt(line.slice(at + 1).trim(), 10);
    if (Number.isSafeInteger(value)) yield [line.slice(0, at).trim(), value];
  }
}
