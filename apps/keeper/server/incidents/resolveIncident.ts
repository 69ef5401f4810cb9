import { actorLabel } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import { faultPoint } from '@tillkeeper/platform/faults';
import { inTransaction, type KeeperContext, type KeeperTransaction } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { interruptRun } from '../playbooks/heldRun.ts';
import { loadIncident, loadRun } from '../playbooks/loadRun.ts';
import type { Verdict } from '../playbooks/playbook.ts';
import { type ProofRounds, readProofRounds, recordProof, roundsNeeded } from '../playbooks/proofRounds.ts';
import { findForm } from '../playbooks/registry.ts';
import { wakeRuns } from '../playbooks/wakeRuns.ts';
import { concludeIncident } from './concludeIncident.ts';
import { byReference, lockIncident } from './lockIncident.ts';

/**
 * Asks the playbook's proof now, and resolves only with it: the rounds that are needed, their time apart, all of one verdict. A round that
 * counts is kept as the run's own are. Throws `not_proven` with `findings`, `clean`, `needed` and `nextAt` otherwise, and whatever the source of
 * truth fails with: not known is no proof. What is resolved already stays so.
 */
export async function resolveIncident(
  ctx: KeeperContext,
  input: { readonly incidentId: string },
): Promise<{ readonly incidentId: string }> {
  authorize(ctx, 'incidents.act');
  const { incidentId, runId } = await findRun(ctx, input.incidentId);
  const incident = await loadIncident(ctx, incidentId);
  if (incident === undefined) throw new AppError('not_found', 'there is no such incident', { incidentId });
  if (incident.resolvedAt !== null) return { incidentId };

  const { actedMachine } = await loadRun(ctx, runId, incidentId);
  const asked = await readProofRounds(ctx, incidentId);
  const verdict = await findForm(incident.playbook, incident.scope).prove({ ctx, incident, runId, actedMachine });
  const refusal = await inTransaction(ctx, (tx) => decide(tx, incident, asked, verdict));
  if (refusal !== undefined) throw refusal;
  await faultPoint('engine.after-resolve');
  return { incidentId };
}

/** Keeps the round and resolves, or returns why not: the round of a refusal is kept as well. */
async function decide(
  tx: KeeperTransaction,
  incident: { readonly id: string; readonly detector: string },
  asked: ProofRounds,
  verdict: Verdict,
): Promise<AppError | undefined> {
  const { resolvedAt } = await lockIncident(tx, incident.id);
  if (resolvedAt !== null) return undefined;
  const before = await readProofRounds(tx, incident.id);
  // Asked while the run refuted a round of its own: what was true for the round before is not kept for the next.
  if (before.round !== asked.round) return notProven(verdict, before);
  if (verdict.verdict === 'refuted') {
    await recordProof(tx, incident, before.round, verdict);
    await wakeRuns(tx, { incidentId: incident.id, reason: `${actorLabel(tx.actor)} asked to resolve` });
    return notProven(verdict, { ...before, agreeing: 0 });
  }
  // Too early after the last round it proves nothing more than that one did.
  if (before.dueInMs > 0 && before.verdict === verdict.verdict) return notProven(verdict, before);
  await recordProof(tx, incident, before.round, verdict);
  const now = await readProofRounds(tx, incident.id);
  await interruptRun(tx, incident.id, 'asked to resolve');
  if (now.verdict === undefined || now.agreeing < roundsNeeded) return notProven(verdict, now);
  await concludeIncident(tx, {
    incidentId: incident.id,
    outcome: now.verdict === 'lost' ? 'lost' : 'proven',
    reason: `asked by ${actorLabel(tx.actor)}`,
  });
  return undefined;
}

function notProven(verdict: Verdict, rounds: Pick<ProofRounds, 'agreeing' | 'dueInMs'>): AppError {
  const why =
    verdict.verdict === 'refuted'
      ? `the fault is still there: ${verdict.findings.summary}`
      : `${rounds.agreeing} of ${roundsNeeded} rounds agree`;
  return new AppError('not_proven', why, {
    verdict: verdict.verdict,
    findings: verdict.findings,
    clean: rounds.agreeing,
    needed: roundsNeeded,
    nextInMs: rounds.dueInMs,
  });
}

async function findRun(ctx: KeeperContext, reference: string): Promise<{ incidentId: string; runId: string }> {
  const { sql, value } = byReference(reference);
  const [row] = await ctx.keeper.query<{ incidentId: string; runId: string }>(
    `select i.id as "incidentId", r.id as "runId" from incidents i join playbook_runs r on r.incident_id = i.id where ${sql}`,
    [value],
  );
  if (row === undefined) throw new AppError('not_found', 'there is no such incident', { incidentId: reference });
  return row;
}
