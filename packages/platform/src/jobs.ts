import { randomUUIDv7 } from 'node:crypto';
import pg from 'pg';
import { type ConstructorOptions, type Db, type Job, type JobResult, PgBoss } from 'pg-boss';
import type { Database, Transaction } from './database.ts';
import { isSimulatedCrash } from './faults.ts';
import { listen } from './listen.ts';
import type { Logger } from './log.ts';
import type { Secret } from './secret.ts';

export interface QueueSettings {
  /** Tries after the first; 10 unless told. A worker that was killed in the middle used up one. */
  readonly retryLimit?: number;
  /** Seconds before the first repetition; 1 unless told, doubling up to a minute. */
  readonly retryDelay?: number;
  /** A job that runs longer is given to another worker, heartbeat or not; 15 minutes unless told. */
  readonly expireInSeconds?: number;
}

export interface JobsOptions {
  /** Statements run on it. Its role owns schema `pgboss`. */
  readonly db: Pick<Database, 'execute'>;
  /** Of the same database, for the connection that listens. */
  readonly connectionString: Secret | string;
  readonly log: Logger;
  readonly queues: Readonly<Record<string, QueueSettings>>;
}

export interface SendOptions {
  /** The job exists if this transaction commits. */
  readonly tx?: Pick<Transaction, 'execute'>;
  /** While a job with this key waits, another one is not made. While it runs one more may wait: it may have missed the latest change. */
  readonly singletonKey?: string;
  /** Not before this instant, in machine time. Business deadlines are rows with `due_at`. */
  readonly startAfter?: Temporal.Instant;
}

export interface RunningJob<Data> {
  readonly id: string;
  readonly data: Data;
  /** How often it was tried before. */
  readonly retries: number;
  /** Aborts when the job has run for longer than its queue allows. */
  readonly signal: AbortSignal;
}

export interface Jobs {
  /** The job's id; `undefined` when one with the same `singletonKey` is there already. */
  send(queue: string, data: object, options?: SendOptions): Promise<string | undefined>;
  /**
   * Runs `handler` for each job, `concurrency` at a time: 4 unless told; odd numbers above 1 count as the next even one, since jobs are fetched
   * in pairs. A handler that rejects has its job repeated later.
   */
  work<Data>(
    queue: string,
    options: { concurrency?: number },
    handler: (job: RunningJob<Data>) => Promise<void>,
  ): Promise<void>;
  /** `cron` in five fields, in the zone's wall time. One schedule a queue; sending again replaces it. */
  schedule(queue: string, cron: string, timezone: string): Promise<void>;
  /** Takes no more jobs and waits for those under way, at most 10 s. */
  stop(): Promise<void>;
}

/** The least that pg-boss allows: a killed worker's jobs are taken by another 10 to 13 s later. */
const heartbeatSeconds = 10;
const stopWithinMs = 10_000;

/**
 * Jobs on pg-boss in schema `pgboss`. Delivery is at least once: a handler may run again after a crash, and says by its own keys what it has
 * done already. After a `SimulatedCrash` in a handler the whole instance is dead as after kill -9: no heartbeat, no failure, no further job.
 */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { db, log } = options;
  let crashed = false;

  const adapter: Db = {
    async executeSql(text, values) {
      if (crashed) throw new Error('this worker crashed');
      return db.execute(plainTypes(text, values));
    },
    async listen(channel, onNotification, onReconnect) {
      return listen({
        url: options.connectionString,
        channels: [channel],
        log,
        onNotify: (_channel, payload) => (payload === '' ? onReconnect() : onNotification(payload)),
      });
    },
  };
  const settings: ConstructorOptions = {
    db: adapter,
    schema: 'pgboss',
    createSchema: false,
    useListenNotify: true,
    // How soon a worker without heartbeat is noticed; both are a minute otherwise.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
  };
  const boss = new PgBoss(settings);
  boss.on('error', (error) => {
    if (!crashed) log.error({ err: error }, 'job queue');
  });
  boss.on('warning', (warning) => {
    if (!crashed) log.warn({ warning }, 'job queue');
  });
  await boss.start();
  for (const [name, queue] of Object.entries(options.queues)) await makeQueue(boss, name, queue);

  /** Never resolves: what a killed process would have done next does not happen. */
  function die(): Promise<never> {
    boss.stop({ graceful: false, close: false }).catch(() => undefined);
    return new Promise<never>(() => undefined);
  }

  return {
    async send(queue, data, { tx, singletonKey, startAfter } = {}) {
      const id = await boss.send(queue, data, {
        // The queue admits one waiting job a key, and takes jobs without one for the same.
        singletonKey: singletonKey ?? randomUUIDv7(),
        ...(startAfter === undefined ? {} : { startAfter: new Date(startAfter.epochMilliseconds) }),
        ...(tx === undefined ? {} : { db: { executeSql: (text, values) => tx.execute(plainTypes(text, values)) } }),
      });
      return id ?? undefined;
    },

    async work<Data>(
      queue: string,
      { concurrency = 4 }: { concurrency?: number },
      handler: (job: RunningJob<Data>) => Promise<void>,
    ) {
      const running = {
        // With batches of one a burst is not drained: one job a wake-up, then the poll of 30 s. Hence two, and on while they are full.
        batchSize: 2,
        burstWhenBatchFull: true,
        localConcurrency: Math.ceil(concurrency / 2),
        // Nobody notifies of a repetition that has become due, nor of the jobs of a killed worker: they wait for this poll, otherwise 30 s.
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 0.5,
        // Otherwise one job that fails fails the other one of its batch.
        perJobResults: true,
      } as const;
      await boss.work<Data>(queue, running, async (batch: Job<Data>[]): Promise<JobResult[]> => {
        const results: JobResult[] = [];
        async function lane(jobs: Iterator<Job<Data>>): Promise<void> {
          for (let taken = jobs.next(); taken.done !== true; taken = jobs.next()) {
            const result = await runJob(taken.value, handler, log);
            if (result === 'crash') crashed = true;
            if (crashed) return;
            if (result !== 'crash') results.push(result);
          }
        }
        const jobs = batch.values();
        await Promise.all(Array.from({ length: Math.min(2, concurrency) }, () => lane(jobs)));
        return crashed ? die() : results;
      });
    },

    async schedule(queue, cron, timezone) {
      await boss.schedule(queue, cron, null, { tz: timezone });
    },

    async stop() {
      await boss.stop({ graceful: !crashed, close: false, timeout: stopWithinMs });
    },
  };
}

async function makeQueue(boss: PgBoss, name: string, queue: QueueSettings): Promise<void> {
  const settings = {
    retryLimit: queue.retryLimit ?? 10,
    retryDelay: queue.retryDelay ?? 1,
    retryBackoff: true,
    retryDelayMax: 60,
    expireInSeconds: queue.expireInSeconds ?? 900,
    heartbeatSeconds,
    notify: true,
  };
  if ((await boss.getQueue(name)) === null) await boss.createQueue(name, { ...settings, policy: 'short' });
  else await boss.updateQueue(name, settings);
}

/** pg-boss reads times as Date; our pool would give it Temporal.Instant. */
function plainTypes(
  text: string,
  values: unknown[] | undefined,
): { text: string; values?: unknown[]; types: pg.CustomTypesConfig } {
  return { text, types: pg.types as pg.CustomTypesConfig, ...(values === undefined ? {} : { values }) };
}

async function runJob<Data>(
  job: Job<Data>,
  handler: (job: RunningJob<Data>) => Promise<void>,
  log: Logger,
): Promise<JobResult | 'crash'> {
  try {
    await handler({ id: job.id, data: job.data, retries: job.retryCount, signal: job.signal });
    return { id: job.id, status: 'completed' };
  } catch (error) {
    if (isSimulatedCrash(error)) return 'crash';
    log.error({ err: error, queue: job.name, job: job.id, retries: job.retryCount }, 'job failed');
    return {
      id: job.id,
      status: 'failed',
      output: { message: error instanceof Error ? error.message : String(error) },
    };
  }
}
