import { afterAll, inject } from 'vitest';
import { cloneDatabases, type TestDatabases } from './cloneDatabases.ts';

/**
 * Both databases, freshly migrated, for this test file alone. Called once, at the top of the file (`const databases = await testDatabases()`):
 * it closes them after the last test. A file that failed keeps its databases until the end of the run, and a file that leaves a connection
 * open fails.
 */
export async function testDatabases(): Promise<TestDatabases> {
  const databases = await cloneDatabases(inject('testCluster'));
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures the hook wants
  afterAll(async ({}, file) => {
    await databases.close({ keep: file.tasks.some((task) => task.result?.state === 'fail') });
  });
  return databases;
}
