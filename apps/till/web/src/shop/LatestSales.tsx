import { useQuery } from '@tanstack/react-query';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { fullStamp, stamp } from '@tillkeeper/ui/words/time';
import type { Shop } from '../../../server/organizations/schema.ts';
import { latestSalesQuery } from '../api/queries.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { amount } from './amounts.ts';

export function LatestSales({ shop }: { shop: Shop }) {
  const { data, error, refetch } = useQuery(latestSalesQuery(shop.id));
  return (
    <section aria-labelledby="latest" className="rounded-pay border border-line bg-surface">
      <h2 id="latest" className="px-5 pt-4 pb-2 font-semibold">
        Latest sales
      </h2>
      {data === undefined ? (
        <div className="px-5 pb-4">
          {error === null ? (
            <Skeleton rows={5} height={56} label="sales" />
          ) : (
            <ErrorNotice error={error} what="Sales" retry={() => void refetch()} />
          )}
        </div>
      ) : data.items.length === 0 ? (
        <p className="px-5 pb-5 text-ink-2">No sale has been rung up in this shop.</p>
      ) : (
        <ol className="pb-1">
          {data.items.map((sale) => {
            const at = Date.parse(sale.occurredAt);
            return (
              <li key={sale.id} className="flex min-h-14 items-center gap-4 border-t border-line px-5 py-2">
                <time
                  dateTime={sale.occurredAt}
                  title={fullStamp(at, shop.timezone)}
                  className="w-24 shrink-0 desk:w-28 text-14 text-ink-2"
                >
                  {stamp(at, Date.parse(shop.now), shop.timezone)}
                </time>
                <span className="min-w-0 flex-1">
                  <span className="block truncate">{sale.receiptNumber}</span>
                  <span className="block text-14 text-ink-3">{sale.tender === 'cash' ? 'Cash' : 'Card'}</span>
                </span>
                <span className="font-medium">{amount(sale.totalMinor, sale.currency, shop.locale)}</span>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
