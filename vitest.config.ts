import { defineConfig } from 'vitest/config';

// One seed for every property of a run.
const setupFiles = ['apps/sandbox/testing/propertySeed.ts'];

const everywhere = ['packages/**', 'apps/**', 'bin/**', 'bench/**', 'tools/**'];

/**
 * Naming decides the project: `*.unit.test.ts` needs nothing, `*.test.ts` a database or stand-ins; what lies in `e2e/` or is named
 * `*.kill.test.ts` starts whole processes, and goes one file after the other.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: everywhere.map((folder) => `${folder}/*.unit.test.{ts,tsx}`),
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'database',
          setupFiles,
          include: everywhere.map((folder) => `${folder}/*.test.ts`),
          exclude: ['**/node_modules/**', '**/*.unit.test.ts', '**/*.kill.test.ts'],
          globalSetup: ['apps/sandbox/testing/globalSetup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          pool: 'forks',
          // Two cores: more processes than that only make each other's waits longer.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          setupFiles,
          include: ['e2e/**/*.test.ts', ...everywhere.map((folder) => `${folder}/*.kill.test.ts`)],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
