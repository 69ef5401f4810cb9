import type { KeeperContext } from '../context.ts';

export interface Contact {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

/** Who is written to about an organization's payments: the owners that have joined and were not revoked, the longest-standing first. */
export function billingContacts(ctx: KeeperContext, organizationId: string): Promise<Contact[]> {
  return ctx.till.query<Contact>(
    `select user_id as "userId", name, email
       from organization_members
      where organization_id = $1::uuid and role = 'owner' and joined_at is not null and revoked_at is null
      order by joined_at, user_id`,
    [organizationId],
  );
}
