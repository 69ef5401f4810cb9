import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';

export interface TestShop {
  readonly id: string;
  readonly owner: string;
  readonly manager: string;
  readonly cashier: string;
  /** Once a member, not any more. */
  readonly revoked: string;
  readonly productId: string;
  readonly saleId: string;
}

/**
 * A shop with people, a product, a sale, a subscription and a row in every other tenant table, written as the superuser. `plan` and `limits`
 * as the subscription that it gets.
 */
export async function makeShop(
  admin: Pool,
  facts: {
    readonly name?: string;
    readonly timezone?: string;
    readonly currency?: string;
    readonly plan?: string;
  } = {},
): Promise<TestShop> {
  const shop: TestShop = {
    id: randomUUID(),
    owner: randomUUID(),
    manager: randomUUID(),
    cashier: randomUUID(),
    revoked: randomUUID(),
    productId: randomUUID(),
    saleId: randomUUID(),
  };
  const tag = randomBytes(4).toString('hex');
  const run = (sql: string, values: unknown[]): Promise<unknown> => admin.query(sql, values);
  await run('insert into public.organizations (id, name, timezone, currency) values ($1, $2, $3, $4)', [
    shop.id,
    facts.name ?? `Shop ${tag}`,
    facts.timezone ?? 'UTC',
    facts.currency ?? 'USD',
  ]);
  await run(
    `insert into public.organization_members (organization_id, user_id, role, name, email, joined_at, revoked_at)
     select $1::uuid, m.user_id, m.role, m.role, m.role || $2::text || '@example.com', ops.now(), case when m.revoked then ops.now() end
       from unnest($3::uuid[], $4::text[], $5::boolean[]) as m(user_id, role, revoked)`,
    [
      shop.id,
      tag,
      [shop.owner, shop.manager, shop.cashier, shop.revoked],
      ['owner', 'manager', 'cashier', 'owner'],
      [false, false, false, true],
    ],
  );
  await run('insert into public.stripe_customers (stripe_customer_id, organization_id) values ($1, $2)', [
    `cus_${tag}`,
    shop.id,
  ]);
  await run(
    `insert into public.organization_subscriptions (organization_id, stripe_subscription_id, plan, status, started_at, fetched_sequence)
     values ($1, $2, $3, 'active', ops.now(), 1)`,
    [shop.id, `sub_${tag}`, facts.plan ?? 'free'],
  );
  await run(
    `insert into public.subscription_events (organization_id, stripe_event_id, type, event_created_at, fetched_sequence)
     values ($1, $2, 'customer.subscription.created', ops.now(), 1)`,
    [shop.id, `evt_${tag}`],
  );
  await run(
    `insert into public.products (organization_id, id, name, sku, price_minor) values ($1, $2, 'Long black', 'LB', 500)`,
    [shop.id, shop.productId],
  );
  await run(
    `insert into public.sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash, occurred_at)
     values ($1, $2, $3, $4, 'cash', $5, 500, 0, 'none', ops.now() - interval '60 days')`,
    [shop.id, shop.saleId, `R-${tag}`, shop.cashier, facts.currency ?? 'USD'],
  );
  await run(
    `insert into public.sale_lines (organization_id, sale_id, line_number, product_id, product_name, quantity, unit_price_minor,
                                    tax_rate_basis_points, tax_minor, total_minor)
     values ($1, $2, 1, $3, 'Long black', 1, 500, 0, 0, 500)`,
    [shop.id, shop.saleId, shop.productId],
  );
  await run('insert into ops.fetches (organization_id, sequence, fetched_at) values ($1, 1, ops.now())', [shop.id]);
  await run(`select ops.record_effect($1, $2, 'test.made', '{"kind":"system","job":"test"}', '{}')`, [
    shop.id,
    `made:${tag}`,
  ]);
  return shop;
}
