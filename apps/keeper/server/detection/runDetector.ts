import { AppError, toAppError } from '@tillkeeper/platform/errors';
import { isSimulatedCrash } from '@tillkeeper/platform/faults';
import type { KeeperContext } from '../context.ts';
import type { WorkerDeps } from '../workerDeps.ts';
import type { Detector, Finding, Pass } from './detector.ts';
import { fingerprintOf, raiseSignal } from './raiseSignal.ts';

/** Machine time. A dead worker's pass is made anew this long after its last sign of life. */
const leaseSeconds = 5;
const renewEveryMs = 1_000;
/** A pass may take this share of all time: a detector that has become slow looks less often instead of loading the databases. */
const busyShare = 0.1;
/** An open incident's equal findings are counted at most this often. */
const countEverySeconds = 60;

interface Claim {
  readonly memory: string | null;
  readonly startedMachine: Temporal.Instant;
}

/**
 * Makes a detector's pass if it is due and no other worker is at it; otherwise does nothing. Whatever happens is written into its row, so that a
 * detector that fails or falls silent is seen. Returns whether a pass was made.
 */
export async function runDetector(
  worker: Pick<WorkerDeps, 'contextFor' | 'keeper' | 'holder' | 'log'>,
  detector: Detector,
): Promise<boolean> {
  const claim = await claimPass(worker, detector);
  if (claim === undefined) return false;
  const beating = setInterval(() => {
    renewPass(worker, detector).catch((error: unknown) =>
      worker.log.warn({ err: error }, 'detector lease not renewed'),
    );
  }, renewEveryMs);
  try {
    const ctx = await worker.contextFor({ kind: 'system', job: detector.name });
    const pass = await within(detector, () => detector.detect(ctx, claim.memory));
    await raiseFindings(ctx, detector, pass.findings, claim.startedMachine);
    await endPass(worker, detector, {
      ok: true,
      findings: pass.findings.length,
      error: null,
      memory: pass.memory ?? null,
    });
  } catch (error) {
    if (isSimulatedCrash(error)) throw error;
    worker.log.error({ err: error, detector: detector.name }, 'detector failed');
    await endPass(worker, detector, { ok: false, findings: null, error: toAppError(error).message, memory: null });
  } finally {
    clearInterval(beating);
  }
  return true;
}

/** Makes the detector's row, or brings it to this release. */
export async function registerDetector(keeper: KeeperContext['keeper'], detector: Detector): Promise<void> {
  await keeper.query(
    `insert into detectors as known (name, playbook, every_ms) values ($1::text, $2::text, $3::integer)
     on conflict (name) do update set playbook = excluded.playbook, every_ms = excluded.every_ms
      where (known.playbook, known.every_ms) is distinct from (excluded.playbook, excluded.every_ms)`,
    [detector.name, detector.playbook, detector.everyMs],
  );
}

async function claimPass(
  worker: Pick<WorkerDeps, 'keeper' | 'holder'>,
  detector: Detector,
): Promise<Claim | undefined> {
  const [claim] = await worker.keeper.query<Claim>(
    `update detectors d
        set holder = $2::text, held_until = clock_timestamp() + make_interval(secs => $3::integer), last_started_machine = clock_timestamp()
      where d.name = (select name from detectors
                       where name = $1::text
                         and (held_until is null or held_until < clock_timestamp())
                         and (last_started_machine is null
                              or clock_timestamp() >= last_started_machine
                                   + greatest(make_interval(secs => every_ms / 1000.0),
                                              -- A slow pass earns a pause, but not one in which the fault that made it slow goes unseen.
                                              least(interval '10 seconds', (last_finished_machine - last_started_machine) / $4::double precision)))
                         for no key update skip locked)
     returning d.memory, d.last_started_machine as "startedMachine"`,
    [detector.name, worker.holder, leaseSeconds, busyShare],
  );
  return claim;
}

async function renewPass(worker: Pick<WorkerDeps, 'keeper' | 'holder'>, detector: Detector): Promise<void> {
  await worker.keeper.query(
    `update detectors set held_until = clock_timestamp() + make_interval(secs => $3::integer)
      where name = $1::text and holder = $2::text and held_until is not null`,
    [detector.name, worker.holder, leaseSeconds],
  );
}

async function endPass(
  worker: Pick<WorkerDeps, 'keeper' | 'holder'>,
  detector: Detector,
  end: {
    readonly ok: boolean;
    readonly findings: number | null;
    readonly error: string | null;
    readonly memory: string | null;
  },
): Promise<void> {
  await worker.keeper.query(
    `update detectors
        set last_finished_machine = clock_timestamp(), last_ok = $3::boolean, last_findings = $4::integer, last_error = $5::text,
            last_ok_machine = case when $3::boolean then clock_timestamp() else last_ok_machine end,
            memory = coalesce($6::text, memory), held_until = null
      where name = $1::text and holder = $2::text and held_until is not null`,
    [detector.name, worker.holder, end.ok, end.findings, end.error, end.memory],
  );
}

async function within(detector: Detector, pass: () => Promise<Pass>): Promise<Pass> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new AppError('unavailable', `took longer than ${detector.withinMs} ms`)),
    detector.withinMs,
  );
  try {
    return await Promise.race([pass(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Raises what is new. What open incidents say already is only counted, in one statement for all and now and then. */
async function raiseFindings(
  ctx: KeeperContext,
  detector: Detector,
  findings: readonly Finding[],
  seenMachine: Temporal.Instant,
): Promise<void> {
  if (findings.length === 0) return;
  const known = new Set(await countKnown(ctx, detector, findings));
  const failures: unknown[] = [];
  for (const [index, finding] of findings.entries()) {
    if (known.has(index)) continue;
    try {
      await raiseSignal(ctx, { ...finding, source: detector.name, seenMachine });
    } catch (error) {
      // One finding that cannot be raised must not keep the others from being raised.
      if (isSimulatedCrash(error)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first !== undefined) {
    throw new AppError(
      'internal',
      `${failures.length} of ${findings.length} findings not raised: ${toAppError(first).message}`,
      {},
      { cause: first },
    );
  }
}

/** Indexes of the findings of which everything is known: the same was said, of organizations that the incident names. */
async function countKnown(ctx: KeeperContext, detector: Detector, findings: readonly Finding[]): Promise<number[]> {
  const input = findings.map((finding, index) => ({
    index,
    identity: finding.identity,
    fingerprint: fingerprintOf(detector.name, finding.said),
    organizations: finding.organizationIds,
  }));
  const rows = await ctx.keeper.query<{ index: number }>(
    `with said as (
       select * from jsonb_to_recordset($1::jsonb) as f (index integer, identity text, fingerprint text, organizations uuid[])
     ), known as (
       select said.index, s.id
         from said
         join incidents i on i.identity = said.identity and i.resolved_at is null
         join signals s on s.incident_id = i.id and s.fingerprint = said.fingerprint
        where not exists (select 1 from unnest(said.organizations) as o (id)
                           where not exists (select 1 from incident_organizations m where m.incident_id = i.id and m.organization_id = o.id))
     ), counted as (
       update signals s
          set repeats = s.repeats + 1, last_at = $2::timestamptz, last_machine = clock_timestamp()
         from known
        where s.id = known.id and s.last_machine < clock_timestamp() - make_interval(secs => $3::integer)
     )
     select index from known`,
    [JSON.stringify(input), ctx.clock.now().toString(), countEverySeconds],
  );
  return rows.map((row) => row.index);
}
