import fc from 'fast-check';

/** Reproducible property tests: FC_SEED=… FC_RUNS=… npm test */
fc.configureGlobal({
  ...(process.env['FC_SEED'] ? { seed: Number(process.env['FC_SEED']) } : {}),
  numRuns: Number(process.env['FC_RUNS'] ?? 100),
});
