/**
 * Local delivery: INPUT, and what the host itself then does with a packet (respond) or not (sink, `host.respond` false).
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { answer4 } from './answer4.ts';
import { answer6 } from './answer6.ts';
import { Stage } from './outcome.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const INPUT = Hook.Input;

/** A packet routed to this host: put together if it is still in pieces, then INPUT. */
export function deliverLocally(engine: Engine, packet: Packet): void {
  if (packet.family === 4 && (packet.fragOffset !== 0 || packet.moreFragments !== 0)) {
    const whole = engine.conntrack.reassembleForDelivery(packet);
    if (whole !== 1) {
      if (whole === 0 && engine.isMain(packet)) engine.outcome.consumed = true;
      else engine.drop(packet, Stage.Route, DropReason.Fragment);
      return;
    }
  }
  packet.outdev = 0;
  if (engine.walk(INPUT, packet)) finishDelivery(engine, packet);
}

/** Behind INPUT and confirm. */
export function finishDelivery(engine: Engine, packet: Packet): void {
  if (engine.isMain(packet)) {
    engine.outcome.delivered = true;
    engine.sink.deliver(packet);
  }
  if (engine.host.settings.localStack === 'sink') return;
  if (packet.family === 6) answer6(engine, packet);
  else answer4(engine, packet);
}
