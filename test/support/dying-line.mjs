/** A line of each packet, as replaySharded loads it; packet 20 kills the worker in the way DYING_LINE names. */
export function line(_engine, _rules, packet, outcome) {
  if (packet.index === 20) die(process.env.DYING_LINE);
  return `${packet.index} ${outcome.verdict}`;
}

function die(how) {
  if (how === 'throw') throw new Error('the line of packet 20 fails');
  if (how === 'exit') process.exit(7);
  if (how === 'hang') for (;;);
  if (how === 'memory') for (const kept = []; ; ) kept.push(Array.from({ length: 1000 }, () => Math.PI));
}
