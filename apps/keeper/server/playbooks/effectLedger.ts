import type { KeeperContext } from '../context.ts';
import { asHolder, type HeldRun } from './heldRun.ts';
import type { EffectLedger, LedgerRow } from './stepLedger.ts';

/** The ledger of a held run in the keeper database. Writes of a worker that lost the run are refused. */
export function effectLedger(ctx: KeeperContext, held: HeldRun, step: string): EffectLedger {
  return {
    async find(key) {
      const [row] = await ctx.keeper.query<LedgerRow>(
        `select outcome, intent, observed from step_effects where run_id = $1::uuid and effect_key = $2::text`,
        [held.runId, key],
      );
      return row;
    },
    begun: () =>
      ctx.keeper.query<LedgerRow & { key: string }>(
        `select effect_key as key, intent, outcome, observed from step_effects
          where run_id = $1::uuid and step = $2::text and outcome <> 'not_done' order by intended_at, effect_key`,
        [held.runId, step],
      ),
    intend: (key, intent) =>
      asHolder(ctx, held, async (tx) => {
        const [row] = await tx.keeper.query<{ attempts: number }>(
          `insert into step_effects as known (run_id, effect_key, step, intent, intended_at)
           values ($1::uuid, $2::text, $3::text, $4::jsonb, $5::timestamptz)
           on conflict (run_id, effect_key) do update
              set intent = excluded.intent, intended_at = excluded.intended_at, outcome = 'unknown', observed = null,
                  observed_at = null, attempts = known.attempts + 1
           returning attempts`,
          [held.runId, key, step, JSON.stringify(intent), tx.clock.now().toString()],
        );
        return row?.attempts ?? 1;
      }),
    settle: (key, outcome, observed) =>
      asHolder(ctx, held, async (tx) => {
        await tx.keeper.query(
          `update step_effects set outcome = $3::text, observed = $4::jsonb, observed_at = $5::timestamptz
            where run_id = $1::uuid and effect_key = $2::text`,
          [held.runId, key, outcome, JSON.stringify(observed ?? null), tx.clock.now().toString()],
        );
      }),
  };
}
