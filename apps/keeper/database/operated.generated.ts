// Written by `npm run generate` from the migrated database. Do not edit.
import type { ColumnType } from 'kysely';

/** Read as Temporal.Instant, written as its ISO text. */
type Timestamp = ColumnType<Temporal.Instant, string, string>;

/** Read as parsed JSON of unknown shape, written as JSON text. */
type Json = ColumnType<unknown, string, string>;

type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

interface BillingEffectiveSubscriptions {
  organization_id: string | null;
  plan: string | null;
  status: string | null;
  stripe_subscription_id: string | null;
}

interface OrganizationMembers {
  email: string;
  invited_at: Generated<Timestamp>;
  joined_at: Timestamp | null;
  name: string;
  organization_id: string;
  revoked_at: Timestamp | null;
  role: string;
  user_id: string;
}

interface Organizations {
  access: Generated<string>;
  access_reason: string | null;
  access_since: Generated<Timestamp>;
  country: Generated<string>;
  created_at: Generated<Timestamp>;
  currency: Generated<string>;
  id: Generated<string>;
  locale: Generated<string>;
  name: string;
  subscription_plan: Generated<string>;
  subscription_status: Generated<string>;
  timezone: Generated<string>;
}

interface OrganizationSubscriptions {
  billing_interval: string | null;
  cancel_at_period_end: Generated<boolean>;
  canceled_at: Timestamp | null;
  currency: string | null;
  current_period_end: Timestamp | null;
  current_period_start: Timestamp | null;
  default_payment_method: string | null;
  ended_at: Timestamp | null;
  fetched_sequence: number;
  latest_invoice_id: string | null;
  latest_invoice_status: string | null;
  organization_id: string;
  plan: string | null;
  quantity: Generated<number>;
  started_at: Timestamp;
  status: string;
  stripe_price_id: string | null;
  stripe_subscription_id: string;
  synced_at: Generated<Timestamp>;
  trial_end: Timestamp | null;
  unit_amount_minor: number | null;
}

interface PlanPrices {
  plan_id: string;
  stripe_price_id: string;
}

interface Plans {
  benefits: string[];
  currency: Generated<string>;
  id: string;
  limits: Json;
  name: string;
  price_minor: number | null;
  rank: number;
  retention_days: number;
}

interface Products {
  archived_at: Timestamp | null;
  barcode: string | null;
  category: Generated<string>;
  created_at: Generated<Timestamp>;
  id: Generated<string>;
  name: string;
  organization_id: string;
  price_minor: number;
  sku: string;
  tax_rate_basis_points: Generated<number>;
}

interface Sales {
  cashier_id: string;
  content_hash: string;
  currency: string;
  id: string;
  occurred_at: Timestamp;
  organization_id: string;
  receipt_number: string;
  received_at: Generated<Timestamp>;
  tax_minor: number;
  tender: string;
  total_minor: number;
}

interface StripeCustomers {
  organization_id: string;
  stripe_customer_id: string;
}

interface SubscriptionEvents {
  applied_at: Generated<Timestamp>;
  event_created_at: Timestamp;
  fetched_sequence: number;
  organization_id: string;
  stripe_event_id: string;
  stripe_subscription_id: string | null;
  type: string;
}

export interface DB {
  "billing.effective_subscriptions": BillingEffectiveSubscriptions;
  organization_members: OrganizationMembers;
  organization_subscriptions: OrganizationSubscriptions;
  organizations: Organizations;
  plan_prices: PlanPrices;
  plans: Plans;
  products: Products;
  sales: Sales;
  stripe_customers: StripeCustomers;
  subscription_events: SubscriptionEvents;
}
