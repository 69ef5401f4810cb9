import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Mark } from '@tillkeeper/ui/Mark';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { clockMinutes } from '@tillkeeper/ui/words/time';
import { useEffect } from 'react';
import { shopQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { LatestSales } from './LatestSales.tsx';
import { PlanPanel } from './PlanPanel.tsx';
import { stateWords } from './stateWords.ts';
import { Today } from './Today.tsx';

/** One shop at a glance: what it may do, what it sold today. */
export function ShopPage() {
  const { shopId } = useParams({ from: '/frame/shops/$shopId' });
  const { data: shop, error, refetch, dataUpdatedAt } = useQuery(shopQuery(shopId));

  useEffect(() => {
    document.title = `${shop?.name ?? 'Shop'} · Till`;
  }, [shop?.name]);

  if (shop === undefined) {
    return (
      <main className="mx-auto w-full max-w-270 p-4 desk:p-6">
        {error === null ? (
          <Skeleton rows={6} height={56} label="the shop" />
        ) : error instanceof ApiError && error.status === 404 ? (
          <p className="py-6">There is no such shop, or you no longer work in it.</p>
        ) : (
          <ErrorNotice error={error} what="The shop" retry={() => void refetch()} />
        )}
      </main>
    );
  }
  const state = stateWords(shop);
  return (
    <main className="mx-auto w-full max-w-270 px-4 py-5 desk:px-6 desk:py-7">
      <h1 className="sr-only">{shop.name}</h1>
      {error === null ? null : (
        <p
          role="status"
          className="mb-4 inline-flex items-center gap-2 rounded-round border border-transparent bg-amber-soft px-4 py-2 text-14 font-medium text-amber"
        >
          <Mark name="degraded" />
          No answer from the server, data of {clockMinutes(dataUpdatedAt, shop.timezone)}
        </p>
      )}
      {state.attention ? (
        <section
          aria-label="State of the shop"
          className="mb-5 grid grid-cols-[14px_minmax(0,1fr)] gap-x-3 rounded-pay border border-amber-edge bg-amber-soft px-4 py-3.5"
        >
          <span className="pt-[5px]">
            <Mark name={state.mark} />
          </span>
          <div>
            <p className="font-semibold">{state.title}</p>
            {state.text === undefined ? null : <p className="text-pretty">{state.text}</p>}
          </div>
        </section>
      ) : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 desk:grid-cols-[minmax(0,1fr)_320px] desk:grid-rows-[auto_1fr] desk:gap-x-6">
        <Today shop={shop} />
        <div className="desk:col-start-2 desk:row-span-2">
          <PlanPanel shop={shop} state={state} />
        </div>
        <LatestSales shop={shop} />
      </div>
    </main>
  );
}
