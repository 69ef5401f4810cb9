import type { KeeperTransaction } from '../context.ts';

export interface AuditEntry {
  /** `entity.verb`, as in `incident.acknowledge`. */
  readonly action: string;
  readonly subjectId: string;
  readonly organizationId?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Writes the audit row of a verb, inside the verb's transaction, so that a change without its row cannot commit. */
export async function recordAudit(tx: KeeperTransaction, entry: AuditEntry): Promise<void> {
  await tx.keeper.query(
    `insert into audit (at, actor, action, subject_id, organization_id, details, request_id)
     values ($1::timestamptz, $2::jsonb, $3::text, $4::text, $5::uuid, $6::jsonb, $7::text)`,
    [
      tx.clock.now().toString(),
      JSON.stringify(tx.actor),
      entry.action,
      entry.subjectId,
      entry.organizationId ?? null,
      JSON.stringify(entry.details ?? {}),
      tx.requestId ?? null,
    ],
  );
}
