/** A target of one random octet. */
export function oneOctet(run) {
  const input = new Uint8Array(1);
  return {
    isText: false,
    seeds: () => [],
    lastInput: () => input,
    replay: ([octet]) => run(octet),
    draw: (random) => {
      input[0] = random.below(256);
    },
    attempt: () => {
      run(input[0]);
      return 1;
    },
  };
}
