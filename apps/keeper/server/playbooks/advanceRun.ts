import { isDeepStrictEqual } from 'node:util';
import { toAppError } from '@tillkeeper/platform/errors';
import { faultPoint, isSimulatedCrash } from '@tillkeeper/platform/faults';
import type { KeeperContext } from '../context.ts';
import type { WorkerDeps } from '../workerDeps.ts';
import { effectLedger } from './effectLedger.ts';
import { asHolder, type HeldRun, LostRun, releaseRun, renewEveryMs, renewRun } from './heldRun.ts';
import { type LoadedRun, type LoadedStep, loadRun } from './loadRun.ts';
import type { Evidence, PlaybookForm, Step, StepOutcome, StepRun } from './playbook.ts';
import { proveStep } from './proveStep.ts';
import { findForm } from './registry.ts';
import { beginStep, endRun, endStep, noteStep, reopenSteps, setRunState, sleepRun, tellStep } from './runWrites.ts';
import { performOnce, reviewEffects } from './stepLedger.ts';

/** What became of one step: the next one, or the run sleeps or is over. */
export type Progress = 'next' | 'asleep';

/**
 * Carries a leased run on until it must wait or is done. Every change of state is committed before the next thing is done, so that a worker
 * that dies at any moment leaves a run that the next one can take up.
 */
export async function advanceRun(
  worker: Pick<WorkerDeps, 'contextFor' | 'keeper' | 'log'>,
  held: HeldRun,
  signal?: AbortSignal,
): Promise<void> {
  const beating = setInterval(() => {
    renewRun(worker.keeper, held).catch((error: unknown) =>
      worker.log.warn({ err: error, runId: held.runId }, 'run lease not renewed'),
    );
  }, renewEveryMs);
  try {
    await faultPoint('engine.after-claim');
    for (let progress: Progress = 'next'; progress === 'next'; ) {
      // Told to stop: the next step belongs to the next holder, at once instead of after the lease.
      if (signal?.aborted === true) return await releaseRun(worker.keeper, held);
      const ctx = await worker.contextFor({ kind: 'run', runId: held.runId, playbook: held.playbook });
      progress = await advanceOnce(ctx, held);
    }
  } catch (error) {
    if (!(error instanceof LostRun)) throw error;
    worker.log.info({ runId: held.runId }, 'run taken over');
  } finally {
    clearInterval(beating);
  }
}

async function advanceOnce(ctx: KeeperContext, held: HeldRun): Promise<Progress> {
  const run = await loadRun(ctx, held.runId, held.incidentId);
  const step = run.steps.find((candidate) => candidate.state !== 'done' && candidate.state !== 'skipped');
  if (step === undefined) {
    await asHolder(ctx, held, (tx) => endRun(tx, held));
    return 'asleep';
  }
  if (step.state === 'pending' || step.state === 'failed') {
    await asHolder(ctx, held, (tx) => beginStep(tx, held, step, step.phase === 'resolve' ? 'proving' : 'running'));
    await faultPoint('engine.after-step-start');
  }
  try {
    const form = findForm(run.incident.playbook, run.incident.scope);
    if (step.phase === 'resolve') return await proveStep(ctx, held, run, step, form);
    return await settle(ctx, held, run, step, await execute(ctx, held, run, step, form));
  } catch (error) {
    if (isSimulatedCrash(error) || error instanceof LostRun) throw error;
    await fail(ctx, held, step, error);
    return 'asleep';
  }
}

function execute(
  ctx: KeeperContext,
  held: HeldRun,
  run: LoadedRun,
  step: LoadedStep,
  form: PlaybookForm,
): Promise<StepOutcome> {
  const definition = form.steps.find(
    (candidate): candidate is Step => candidate.name === step.name && candidate.phase !== 'resolve',
  );
  if (definition === undefined) {
    throw new Error(
      `version ${run.version} of ${run.incident.playbook} had a step ${step.name} that this release does not know`,
    );
  }
  const ledger = effectLedger(ctx, held, step.name);
  const stepRun: StepRun = {
    ctx,
    runId: held.runId,
    round: run.round,
    incident: run.incident,
    step,
    evidenceOf: evidenceOf(run),
    effect: (key, plan) => performOnce(ledger, key, plan),
    review: (observe) => reviewEffects(ledger, observe),
    observed: async (key) => {
      const row = await ledger.find(key);
      return row?.outcome === 'done' ? row.observed : undefined;
    },
    write: (body) => asHolder(ctx, held, body),
  };
  return definition.execute(stepRun);
}

/** Evidence of the steps of a run, by name. */
export function evidenceOf(run: Pick<LoadedRun, 'steps'>): (step: string) => Partial<Evidence> | undefined {
  return (name) => run.steps.find((step) => step.name === name)?.evidence;
}

async function settle(
  ctx: KeeperContext,
  held: HeldRun,
  run: LoadedRun,
  step: LoadedStep,
  outcome: StepOutcome,
): Promise<Progress> {
  const { evidence } = outcome;
  switch (outcome.kind) {
    case 'done':
    case 'skipped': {
      const { kind } = outcome;
      await asHolder(ctx, held, async (tx) => {
        await endStep(tx, held, step, kind, evidence);
        await setRunState(tx, held, 'running');
      });
      await faultPoint('engine.after-step-done');
      return 'next';
    }
    case 'back': {
      const from = run.steps.find((candidate) => candidate.name === outcome.to);
      if (from === undefined || from.ordinal >= step.ordinal)
        throw new Error(`step ${step.name} goes back to ${outcome.to}, which is not before it`);
      await asHolder(ctx, held, async (tx) => {
        await noteStep(tx, held, step, 'waiting', evidence);
        await tellStep(tx, held, step, 'back', evidence.summary);
        await reopenSteps(tx, held, from.ordinal, step.ordinal);
      });
      return 'next';
    }
    case 'manual':
    case 'waiting': {
      if (outcome.kind === 'manual' && step.kind !== 'manual')
        throw new Error(`step ${step.name} is ${step.kind} and asks for a person`);
      await asHolder(ctx, held, async (tx) => {
        // Asked again every few seconds it mostly says the same: the chronology has it once.
        const said = step.state === 'waiting' && step.evidence.summary === evidence.summary;
        if (!said) await tellStep(tx, held, step, outcome.kind === 'manual' ? 'manual' : 'wait', evidence.summary);
        if (step.state !== 'waiting' || !isDeepStrictEqual(step.evidence, evidence)) {
          await noteStep(tx, held, step, 'waiting', evidence);
        }
        await sleepRun(
          tx,
          held,
          outcome.kind === 'manual'
            ? { state: 'manual', reason: evidence.summary }
            : {
                state: 'waiting',
                reason: outcome.reason,
                ...(outcome.wakeAt === undefined ? {} : { wakeAt: outcome.wakeAt }),
                ...(outcome.wakeInMs === undefined ? {} : { wakeInMs: outcome.wakeInMs }),
              },
        );
      });
      await faultPoint('engine.after-wait');
      return 'asleep';
    }
  }
}

/** Machine time: 1, 2, 4, … up to 60 s. A step that fails is never given up and never passed over. */
export function retryDelayMs(attempt: number): number {
  return Math.min(2 ** Math.min(attempt, 10) * 500, 60_000);
}

async function fail(ctx: KeeperContext, held: HeldRun, step: LoadedStep, error: unknown): Promise<void> {
  const { code, message } = toAppError(error);
  const attempt = step.state === 'pending' || step.state === 'failed' ? step.attempts + 1 : Math.max(step.attempts, 1);
  const delay = retryDelayMs(attempt);
  const summary = `Failed: ${message}`;
  ctx.log.warn({ err: error, runId: held.runId, step: step.name, attempt }, 'step failed');
  await asHolder(ctx, held, async (tx) => {
    const { failure } = step.evidence;
    const known = typeof failure === 'object' && failure !== null && 'message' in failure ? failure.message : undefined;
    await noteStep(tx, held, step, 'failed', { ...step.evidence, summary, failure: { code, message, attempt } });
    if (known !== message) await tellStep(tx, held, step, 'failed', summary);
    await sleepRun(tx, held, { state: 'waiting', reason: `trying “${step.title}” again`, wakeInMs: delay });
  });
}
