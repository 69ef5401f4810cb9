import type { TestProject } from 'vitest/node';
import { startTestCluster, type TestClusterAddress } from './testCluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    testCluster: TestClusterAddress;
  }
}

/** One PostgreSQL server for the whole run; each test file gets copies of its databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startTestCluster();
  project.provide('testCluster', cluster.address);
  return () => cluster.stop();
}
