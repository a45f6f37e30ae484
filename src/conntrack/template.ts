/**
 * Template: what the CT target asks of the entry that a packet may make. Kept by number on the packet (`ctTemplate` is the
 * number + 1) until the lookup consumes it.
 * @module
 */
import type { Timeouts } from './options.ts';
import type { TimeoutPolicy } from './timeout-policy.ts';
import { ZoneDirection } from './zone.ts';

export interface TemplateOptions {
  readonly zone?: number;
  /** Bits of ZoneDirection; default both. */
  readonly zoneDirections?: number;
  /** The zone is the packet's mark. */
  readonly zoneFromMark?: boolean;
  /** Name of the helper to attach, as iptables writes it. */
  readonly helper?: string | null;
  readonly timeouts?: TimeoutPolicy | null;
}

export interface Template {
  readonly zone: number;
  readonly zoneDirections: number;
  readonly zoneFromMark: boolean;
  readonly helper: string | null;
  /** Instead of the host's. */
  readonly timeouts: Timeouts | null;
}

export function makeTemplate(options: TemplateOptions, timeouts: Timeouts | null): Template {
  return {
    zone: (options.zone ?? 0) & 0xffff,
    zoneDirections: options.zoneDirections ?? ZoneDirection.Both,
    zoneFromMark: options.zoneFromMark ?? false,
    helper: options.helper ?? null,
    timeouts,
  };
}
