import { startJobs } from '@tillkeeper/platform/jobs';
import { fillGaps, gapFillCursor } from './billing/gapFill.ts';
import type { WorkerDeps } from './workerDeps.ts';

/** Rejected deliveries are evidence for a month; a flood of them must not stay for ever. */
const rejectionsKeptDays = 30;

export interface Schedules {
  stop(): Promise<void>;
}

/**
 * What runs by the clock on the wall and has no row of its own: pg-boss keeps the schedule, gives each run to one of many workers, and takes
 * it back from one that died. What a webhook lost is found within the hour, and at once after a start.
 */
export async function startSchedules(worker: WorkerDeps): Promise<Schedules> {
  const jobs = await startJobs({
    db: worker.keeper,
    connectionString: worker.config.keeperDatabaseUrl,
    log: worker.log,
    queues: { 'fill-gaps': {}, 'forget-rejections': {} },
  });
  await jobs.work('fill-gaps', { concurrency: 1 }, async () => {
    const ctx = await worker.contextFor({ kind: 'system', job: 'fill-gaps' });
    await fillGaps(ctx, { since: await gapFillCursor(ctx) });
  });
  await jobs.work('forget-rejections', { concurrency: 1 }, async () => {
    await worker.keeper.query(
      `delete from stripe_rejections where received_machine < clock_timestamp() - make_interval(days => $1::integer)`,
      [rejectionsKeptDays],
    );
  });
  await jobs.schedule('fill-gaps', '17 * * * *', 'UTC');
  await jobs.schedule('forget-rejections', '41 3 * * *', 'UTC');
  await jobs.send('fill-gaps', {}, { singletonKey: 'after-start' });
  return { stop: () => jobs.stop() };
}
