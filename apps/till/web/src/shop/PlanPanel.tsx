import { State } from '@tillkeeper/ui/Mark';
import { Meter } from '@tillkeeper/ui/Meter';
import { weekdayAndDay } from '@tillkeeper/ui/words/time';
import type { Shop } from '../../../server/organizations/schema.ts';
import { money } from './amounts.ts';
import type { StateWords } from './stateWords.ts';

const invoiceWords: Readonly<Record<string, string>> = {
  paid: 'Paid',
  open: 'Open',
  draft: 'Being prepared',
  uncollectible: 'Given up',
  void: 'Void',
};

/** The plan, its state, what is paid for it (to those who may see that) and how much of its limits is used. */
export function PlanPanel({ shop, state }: { shop: Shop; state: StateWords }) {
  const { billing, usage } = shop;
  const day = (instant: string): string => weekdayAndDay(Date.parse(instant), shop.timezone);
  return (
    <section aria-labelledby="plan" className="rounded-pay border border-line bg-surface px-5 py-4.5">
      <h2 id="plan" className="text-14 text-ink-2">
        Plan
      </h2>
      <p className="mt-0.5 text-22 font-semibold tracking-[-.012em]">{shop.plan.name}</p>
      <p className="mt-1">
        <State mark={state.mark}>{state.title}</State>
      </p>
      {billing === null ? null : (
        <dl className="mt-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t border-line pt-4 text-14">
          {billing.amountMinor === null || billing.currency === null ? null : (
            <>
              <dt className="text-ink-2">Price</dt>
              <dd className="text-right">
                {money(billing.amountMinor, billing.currency, shop.locale)}
                {billing.interval === null ? '' : ` a ${billing.interval}`}
              </dd>
            </>
          )}
          {billing.invoiceStatus === null ? null : (
            <>
              <dt className="text-ink-2">Latest invoice</dt>
              <dd className="text-right">{invoiceWords[billing.invoiceStatus] ?? billing.invoiceStatus}</dd>
            </>
          )}
          {billing.periodEnd === null ? null : (
            <>
              <dt className="text-ink-2">{billing.endsAtPeriodEnd ? 'Ends on' : 'Period ends'}</dt>
              <dd className="text-right">{day(billing.periodEnd)}</dd>
            </>
          )}
        </dl>
      )}
      <div className="mt-4 border-t border-line pt-2.5 text-14">
        <Meter label="Products" used={usage.products.used} limit={usage.products.limit} />
        <Meter label="Team members" used={usage.members.used} limit={usage.members.limit} />
        <Meter label="Sales this month" used={usage.salesThisMonth.used} limit={usage.salesThisMonth.limit} />
      </div>
    </section>
  );
}
