import { faultPoint } from '@tillkeeper/platform/faults';
import type { KeeperContext, KeeperTransaction } from '../context.ts';
import { concludeIncident } from '../incidents/concludeIncident.ts';
import type { Progress } from './advanceRun.ts';
import { asHolder, type HeldRun } from './heldRun.ts';
import type { LoadedRun, LoadedStep } from './loadRun.ts';
import type { PlaybookForm } from './playbook.ts';
import { readProofRounds, recordProof, roundsNeeded } from './proofRounds.ts';
import { endStep, noteStep, reopenSteps, sleepRun } from './runWrites.ts';

/** One move of the proof: conclude, wait for the next round's moment, or ask the source. */
export async function proveStep(
  ctx: KeeperContext,
  held: HeldRun,
  run: LoadedRun,
  step: LoadedStep,
  form: PlaybookForm,
): Promise<Progress> {
  const rounds = await readProofRounds(ctx, held.incidentId);
  const { agreeing, verdict: agreed } = rounds;
  if (agreed !== undefined && agreeing >= roundsNeeded) {
    const outcome = agreed === 'lost' ? 'lost' : 'proven';
    await asHolder(ctx, held, async (tx) => {
      await endStep(tx, held, step, 'done', {
        summary: `${agreed}, ${agreeing} of ${roundsNeeded} rounds`,
        verdict: agreed,
        round: rounds.round,
      });
      await concludeIncident(tx, { incidentId: held.incidentId, outcome });
    });
    await faultPoint('engine.after-resolve');
    return 'next';
  }
  if (rounds.dueInMs > 0) {
    await asHolder(ctx, held, async (tx) => {
      await noteStep(tx, held, step, 'waiting', {
        summary: `${agreed ?? 'clean'}, ${agreeing} of ${roundsNeeded} rounds`,
      });
      await sleepRun(tx, held, {
        state: 'proving',
        reason: `round ${agreeing + 1} of ${roundsNeeded}`,
        wakeInMs: rounds.dueInMs,
      });
    });
    return 'asleep';
  }

  const { actedMachine } = run;
  const verdict = await form.prove({ ctx, incident: run.incident, runId: held.runId, actedMachine });
  await asHolder(ctx, held, async (tx) => {
    await recordProof(tx, run.incident, rounds.round, verdict);
    if (verdict.verdict === 'refuted') await sendBack(tx, held, run, step, verdict.findings.summary);
  });
  await faultPoint('engine.after-proof');
  return verdict.verdict === 'refuted' ? 'asleep' : 'next';
}

/** The fault is still there: act and prove again, a little later each time, at most a minute of machine time. */
async function sendBack(
  tx: KeeperTransaction,
  held: HeldRun,
  run: LoadedRun,
  step: LoadedStep,
  summary: string,
): Promise<void> {
  const again = run.steps.filter((candidate) => candidate.phase === 'act' || candidate.phase === 'resolve');
  await noteStep(tx, held, step, 'waiting', { summary: `refuted: ${summary}` });
  await reopenSteps(tx, held, Math.min(...again.map((each) => each.ordinal)), step.ordinal);
  await sleepRun(tx, held, {
    state: 'waiting',
    reason: 'proof refuted, acting again',
    wakeInMs: Math.min(2 ** Math.min(run.round, 10) * 500, 60_000),
  });
}
