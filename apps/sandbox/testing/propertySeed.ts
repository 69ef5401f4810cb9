import fc from 'fast-check';

/**
 * Runs in every test process: the seed that the run was started with, so that one number repeats all of it. With more cases than usual a
 * property ends after 15 s, before its test's time is up.
 */
const { PROPERTY_SEED: seed, PROPERTY_RUNS: runs } = process.env;
fc.configureGlobal({
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs), interruptAfterTimeLimit: 15_000 }),
});
