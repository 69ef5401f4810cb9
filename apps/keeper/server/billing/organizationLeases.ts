import type { Database } from '@tillkeeper/platform/database';
import type { DB as KeeperDB } from '../../database/types.generated.ts';

/** Fencing counter by organization, for those whose lease was free. */
export type Leases = ReadonlyMap<string, number>;

/**
 * How long a dead worker's organizations stay busy, machine time. Holders renew at a third of it, so only a process that is gone or stuck
 * loses one; whoever takes it over gets a higher counter, and the operated database refuses what the late one still writes.
 */
export const leaseSeconds = 10;

/** Takes the leases of those organizations that nobody holds. One statement, in id order so that two workers cannot deadlock. */
export async function takeLeases(
  keeper: Database<KeeperDB>,
  organizationIds: readonly string[],
  holder: string,
): Promise<Leases> {
  if (organizationIds.length === 0) return new Map();
  const taken = await keeper.query<{ organization_id: string; fencing: number }>(
    `insert into organization_leases as held (organization_id, fencing, holder, held_until)
     select id, 1, $2::text, clock_timestamp() + make_interval(secs => $3::integer) from unnest($1::uuid[]) as id order by id
     on conflict (organization_id) do update
        set fencing = held.fencing + 1, holder = excluded.holder, held_until = excluded.held_until
      where held.held_until is null or held.held_until < clock_timestamp()
     returning organization_id, fencing`,
    [organizationIds, holder, leaseSeconds],
  );
  return new Map(taken.map((lease) => [lease.organization_id, lease.fencing]));
}

/** Keeps leases alive that are still ours. */
export async function renewLeases(keeper: Database<KeeperDB>, leases: Leases): Promise<void> {
  if (leases.size === 0) return;
  await keeper.query(
    `update organization_leases held
        set held_until = clock_timestamp() + make_interval(secs => $3::integer)
       from unnest($1::uuid[], $2::bigint[]) as ours (organization_id, fencing)
      where held.organization_id = ours.organization_id and held.fencing = ours.fencing and held.held_until is not null`,
    [[...leases.keys()], [...leases.values()], leaseSeconds],
  );
}

export interface Released {
  readonly organizationId: string;
  readonly fencing: number;
  /** The refetch is in the operated database, so failures before it are healed. */
  readonly refreshed: boolean;
  /** A counter that the operated database holds already: ours must pass it, or every fetch of this organization is refused for ever. */
  readonly atLeast?: number;
}

/** Gives leases back, unless somebody else has them by now. */
export async function releaseLeases(keeper: Database<KeeperDB>, released: readonly Released[]): Promise<void> {
  if (released.length === 0) return;
  await keeper.query(
    `update organization_leases held
        set held_until = null,
            fencing = greatest(held.fencing, done.at_least),
            refreshed_machine = case when done.refreshed then clock_timestamp() else held.refreshed_machine end
       from unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bigint[]) as done (organization_id, fencing, refreshed, at_least)
      where held.organization_id = done.organization_id and held.fencing = done.fencing`,
    [
      released.map((one) => one.organizationId),
      released.map((one) => one.fencing),
      released.map((one) => one.refreshed),
      released.map((one) => one.atLeast ?? 0),
    ],
  );
}
