/**
 * The shape of a recorded scenario's outcome (truth.json), as the recorder writes it and hookline too. Only what hookline tells
 * is named here; what a reader does not know is left alone.
 * @module
 */

export interface TruthOutput {
  readonly iface: string;
  /** Ethernet frame. */
  readonly hex: string;
  readonly cause: string;
  readonly by?: string;
  readonly mark?: number;
  readonly prio?: number;
  /** Its IPv4 ID or IPv6 fragment ID is a random number of the machine. */
  readonly idrand?: boolean;
}

export interface TruthEvent {
  readonly t: string;
  readonly orig?: string;
  readonly reply?: string;
  /** IPS_ bits by name. */
  readonly status?: readonly string[];
  /** State of TCP, when the event tells it. */
  readonly tcp?: string;
}

export interface TruthPacket {
  readonly index: number;
  readonly in: string;
  /** Nanoseconds since the epoch; a number beyond 2^53 keeps its leading digits only and is not compared. */
  readonly ts?: number;
  readonly verdict: string;
  readonly outputs: readonly TruthOutput[];
  readonly delivered?: string;
  readonly drop?: { readonly at?: string; readonly reason?: string };
  readonly ct?: { readonly state?: string; readonly dir?: string; readonly mark?: number };
  readonly mark?: number;
  readonly rules?: readonly string[];
  readonly ct_events?: readonly TruthEvent[];
}

export interface Truth {
  readonly packets: readonly TruthPacket[];
  readonly iptables_save?: string;
  readonly ip6tables_save?: string;
  readonly conntrack_norm: readonly string[];
  readonly ipset?: string;
}

/** JSON with one packet a line, so that a difference shows as one. */
export function printTruth(truth: Truth): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(truth)) {
    if (value === undefined) continue;
    if (key === 'packets') {
      const lines = truth.packets.map((packet) => `  ${JSON.stringify(packet)}`);
      parts.push(` "packets": [\n${lines.join(',\n')}\n ]`);
    } else {
      parts.push(` ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    }
  }
  return `{\n${parts.join(',\n')}\n}\n`;
}
