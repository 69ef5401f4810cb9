import { counted } from '@tillkeeper/ui/words/money';
import { weekdayAndDay } from '@tillkeeper/ui/words/time';
import type { Shop } from '../../../server/organizations/schema.ts';
import { money } from './amounts.ts';

export function Today({ shop }: { shop: Shop }) {
  const { count, totalMinor } = shop.today;
  return (
    <section aria-labelledby="today" className="rounded-pay border border-line bg-surface px-5 py-4.5">
      <h2 id="today" className="text-14 text-ink-2">
        Today, {weekdayAndDay(Date.parse(shop.now), shop.timezone)}
      </h2>
      <p className="mt-1 text-40 font-semibold tracking-[-.02em]">{money(totalMinor, shop.currency, shop.locale)}</p>
      <p className="text-14 text-ink-2">{count === 0 ? 'No sale yet' : `${counted(count, 'sale')}, tax included`}</p>
    </section>
  );
}
