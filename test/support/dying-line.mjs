/** A line of each packet, as replaySharded loads it; packet DYING_PACKET kills its worker in the way DYING_LINE names. */
const DYING = Number(process.env.DYING_PACKET);

export function line(_engine, _rules, packet, outcome) {
  if (packet.index === DYING) die(process.env.DYING_LINE);
  return `${packet.index} ${outcome.verdict}`;
}

function die(how) {
  if (how === 'throw') throw new Error(`the line of packet ${DYING} fails`);
  if (how === 'exit') process.exit(7);
  if (how === 'hang') for (;;);
  if (how === 'memory') for (const kept = []; ; ) kept.push(Array.from({ length: 1000 }, () => Math.PI));
}
