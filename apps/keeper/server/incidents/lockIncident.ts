import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperTransaction } from '../context.ts';

export interface LockedIncident {
  readonly id: string;
  readonly number: number;
  readonly state: string;
  readonly resolvedAt: Temporal.Instant | null;
  readonly acknowledgedAt: Temporal.Instant | null;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The condition that finds an incident by its id or its number, with `$1` as text. */
export function byReference(reference: string): { readonly sql: string; readonly value: string } {
  if (uuid.test(reference)) return { sql: 'i.id = $1::uuid', value: reference };
  if (/^\d{1,15}$/.test(reference)) return { sql: 'i.number = $1::bigint', value: reference };
  throw new AppError('not_found', 'there is no such incident', { incidentId: reference });
}

/** Locks an incident's row, as every verb does before it touches the run. Throws `not_found`. */
export async function lockIncident(tx: KeeperTransaction, reference: string): Promise<LockedIncident> {
  const { sql, value } = byReference(reference);
  const [incident] = await tx.keeper.query<LockedIncident>(
    `select i.id, i.number, i.state, i.resolved_at as "resolvedAt", i.acknowledged_at as "acknowledgedAt"
       from incidents i where ${sql} for no key update`,
    [value],
  );
  if (incident === undefined) throw new AppError('not_found', 'there is no such incident', { incidentId: reference });
  return incident;
}
