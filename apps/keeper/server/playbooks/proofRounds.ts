import type { KeeperContext, KeeperTransaction } from '../context.ts';
import { addTimelineEntry } from '../incidents/addTimelineEntry.ts';
import type { Verdict } from './playbook.ts';

/** Rounds that must agree before an incident resolves, `config.proofSpacing` of machine time apart. */
export const roundsNeeded = 2;

export interface ProofRounds {
  readonly round: number;
  /** How many of the last rounds agree on a verdict that resolves. */
  readonly agreeing: number;
  readonly verdict: 'clean' | 'lost' | undefined;
  /** Until the next round counts; 0 if it would now. Machine time. */
  readonly dueInMs: number;
}

interface ProofRow {
  readonly verdict: Verdict['verdict'];
  readonly due_in_ms: number;
}

/** Where the proof of an incident stands: the rounds since the last refuted one. */
export async function readProofRounds(ctx: KeeperContext, incidentId: string): Promise<ProofRounds> {
  const [run] = await ctx.keeper.query<{ round: number }>(
    'select round from playbook_runs where incident_id = $1::uuid',
    [incidentId],
  );
  const round = run?.round ?? 1;
  const rows = await ctx.keeper.query<ProofRow>(
    `select verdict,
            greatest(0, ceil(extract(epoch from at_machine - clock_timestamp()) * 1000 + $3::double precision))::integer as due_in_ms
       from proofs where incident_id = $1::uuid and round = $2::integer
      order by id desc limit $4::integer`,
    [incidentId, round, ctx.config.proofSpacing.total('milliseconds'), roundsNeeded],
  );
  return { round, ...agreement(rows) };
}

/** Newest first. A round that disagrees with the one before it starts the count again. */
export function agreement(rows: readonly ProofRow[]): Omit<ProofRounds, 'round'> {
  const [last] = rows;
  if (last === undefined || last.verdict === 'refuted') return { agreeing: 0, verdict: undefined, dueInMs: 0 };
  const other = rows.findIndex((row) => row.verdict !== last.verdict);
  return { agreeing: other === -1 ? rows.length : other, verdict: last.verdict, dueInMs: last.due_in_ms };
}

/** Keeps a verdict, whoever asked. A refuted one ends the round: what was clean before it counts no more. */
export async function recordProof(
  tx: KeeperTransaction,
  incident: { readonly id: string; readonly detector: string },
  round: number,
  { verdict, findings }: Verdict,
): Promise<void> {
  await tx.keeper.query(
    `insert into proofs (incident_id, detector, at, verdict, findings, round)
     values ($1::uuid, $2::text, $3::timestamptz, $4::text, $5::jsonb, $6::integer)`,
    [incident.id, incident.detector, tx.clock.now().toString(), verdict, JSON.stringify(findings), round],
  );
  await addTimelineEntry(tx, {
    incidentId: incident.id,
    kind: 'proof',
    text: `Proof ${verdict}: ${findings.summary}`,
    details: { verdict, round },
  });
  if (verdict === 'refuted') {
    await tx.keeper.query('update playbook_runs set round = $2::integer where incident_id = $1::uuid', [
      incident.id,
      round + 1,
    ]);
  }
}
