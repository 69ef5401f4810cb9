import type { KeeperContext } from '../context.ts';

export type Wake = { readonly reason: string } & (
  | { readonly incidentId: string }
  /** Wakes the cases of these customers. What hits many looks by itself and is not woken by each of them. */
  | { readonly organizationIds: readonly string[] }
);

/**
 * Makes runs look again now, in the caller's transaction if there is one. A run that is at work counts the wake-up and looks once more before
 * it sleeps. Returns how many runs were woken.
 */
export async function wakeRuns(ctx: Pick<KeeperContext, 'keeper'>, wake: Wake): Promise<number> {
  const target =
    'incidentId' in wake
      ? { sql: 'r.incident_id = $1::uuid', value: wake.incidentId }
      : {
          sql: `r.incident_id in (select o.incident_id from incident_organizations o join incidents i on i.id = o.incident_id
                                   where o.organization_id = any ($1::uuid[]) and i.scope = 'case' and i.resolved_at is null)`,
          value: wake.organizationIds,
        };
  const woken = await ctx.keeper.query(
    `with target as (
       select r.id from playbook_runs r
        where r.state not in ('done', 'stopped') and ${target.sql}
        order by r.id for no key update
     )
     update playbook_runs r
        set wakes = r.wakes + 1, wake_at = least(r.wake_at, ops.now()), wake_reason = $2::text
       from target
      where r.id = target.id
     returning r.id`,
    [target.value, wake.reason],
  );
  return woken.length;
}
