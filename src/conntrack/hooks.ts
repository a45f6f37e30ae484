/**
 * Where connection tracking sits in the hooks. Confirm is last; at INPUT of IPv6 one priority earlier, as in the kernel.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { HookEntry } from '../hook/hook-table.ts';
import { Priority } from '../hook/priority.ts';
import { Verdict } from '../hook/verdict.ts';
import type { Packet } from '../packet/packet.ts';
import { FragmentUser } from './defrag.ts';

export interface HookWork {
  isDefragOn(): boolean;
  isOn(): boolean;
  gather(packet: Packet, user: FragmentUser): Verdict;
  track(packet: Packet): Verdict;
  confirm(packet: Packet): Verdict;
}

export function conntrackHooks(family: 4 | 6, work: HookWork): HookEntry[] {
  const arriving = (packet: Packet): Verdict => (work.isDefragOn() ? work.gather(packet, FragmentUser.Arriving) : Verdict.Accept);
  const sent = (packet: Packet): Verdict => (work.isDefragOn() ? work.gather(packet, FragmentUser.Sent) : Verdict.Accept);
  const look = (packet: Packet): Verdict => (work.isOn() ? work.track(packet) : Verdict.Accept);
  const confirm = (packet: Packet): Verdict => (work.isOn() ? work.confirm(packet) : Verdict.Accept);
  const atInput = family === 6 ? Priority.Confirm - 1 : Priority.Confirm;
  return [
    { hook: Hook.Prerouting, priority: Priority.Defrag, name: 'defrag', run: arriving, noted: true },
    { hook: Hook.Output, priority: Priority.Defrag, name: 'defrag', run: sent, noted: true },
    { hook: Hook.Prerouting, priority: Priority.Conntrack, name: 'conntrack', run: look, noted: true },
    { hook: Hook.Output, priority: Priority.Conntrack, name: 'conntrack', run: look, noted: true },
    { hook: Hook.Postrouting, priority: Priority.Confirm, name: 'conntrack confirm', run: confirm, noted: true },
    { hook: Hook.Input, priority: atInput, name: 'conntrack confirm', run: confirm, noted: true },
  ];
}
