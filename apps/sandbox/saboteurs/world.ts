import type { Logger } from '@tillkeeper/platform/log';
import type pg from 'pg';
import type { Owners } from '../shops/owners.ts';
import type { StripeStandIn } from '../stripe/startStripe.ts';

/** What a saboteur can reach. */
export interface World {
  /** The till database as its administrator. */
  readonly tillAdmin: pg.Pool;
  readonly stripe: Pick<StripeStandIn, 'url' | 'secretKey' | 'chaos'>;
  /** The simulated owners, where there are any. */
  readonly owners?: Pick<Owners, 'silence'>;
  readonly log: Logger;
}

export interface SabotageOptions {
  /** Which way of failing; the first that the saboteur has unless told. */
  readonly form?: string;
  /** Real seconds after which a disturbance of the outside world ends by itself; 60 unless told. */
  readonly seconds?: number;
  readonly organizationId?: string;
  /** `silent` keeps the owners of the organizations that are hit from acting on their mails. */
  readonly owner?: 'silent';
}

export interface Sabotage {
  /** One sentence: what is broken now. */
  readonly what: string;
  readonly organizationIds: readonly string[];
}

/** A fault under way that can be ended before its time. */
export interface Disturbance extends Sabotage {
  /** Real seconds after which it is to end; without it, only a playbook mends it. */
  readonly seconds?: number;
  heal?(): void;
}

export interface Saboteur {
  /** The playbook whose failure it causes. */
  readonly name: string;
  readonly forms: readonly [string, ...string[]];
  inject(world: World, options: SabotageOptions & { readonly form: string }): Promise<Disturbance>;
}
