import type { Logger } from '@tillkeeper/platform/log';

export interface Reconciled {
  readonly compared: number;
  /** Organizations that differed from Stripe; 0 is what a seed expects. */
  readonly drifted: number;
  readonly refreshed: number;
}

/** Has Keeper compare every organization with Stripe and refetch what differs. Undefined if it does not answer: the shops are there anyway. */
export async function reconcile(
  keeper: { readonly url: string; readonly token: string },
  log: Logger,
): Promise<Reconciled | undefined> {
  try {
    const answer = await fetch(`${keeper.url}/api/v1/billing/reconcile`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keeper.token}`, 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(60_000),
    });
    if (!answer.ok) throw new Error(`Keeper answered ${answer.status}`);
    const found = (await answer.json()) as { compared: number; drifted: unknown[]; refreshed: number };
    return { compared: found.compared, drifted: found.drifted.length, refreshed: found.refreshed };
  } catch (error) {
    log.warn({ err: error }, 'Keeper did not compare the demonstration shops with Stripe');
    return undefined;
  }
}
