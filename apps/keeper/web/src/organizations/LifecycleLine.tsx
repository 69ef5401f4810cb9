import { Stamp } from '@tillkeeper/ui/Times';
import type { Organization } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';

const line = ['trialing', 'active', 'past_due', 'suspended', 'cancelled', 'erased'] as const;

/** Where on the line a word of Stripe or of the data stands. */
const places: Record<string, (typeof line)[number]> = {
  incomplete: 'trialing',
  incomplete_expired: 'cancelled',
  unpaid: 'suspended',
  paused: 'suspended',
  canceled: 'cancelled',
};

function placeOf(state: string): number {
  return line.indexOf(places[state] ?? (state as (typeof line)[number]));
}

const tones: Record<string, string> = {
  trialing: 'bg-ink-2',
  active: 'bg-green',
  past_due: 'bg-amber-fill',
  suspended: 'bg-red',
  cancelled: 'bg-ink-2',
  erased: 'bg-ink-2',
};

/** What Stripe says of the status, where that is another place on the line than ours. */
function stripePlace(organization: Organization): number | undefined {
  const status = organization.sources.fields.find(
    (field) => field.field === 'status' || field.label.toLowerCase() === 'status',
  );
  if (!status?.differs || !status.stripe) return undefined;
  const place = placeOf(status.stripe);
  return place === -1 ? undefined : place;
}

/** Where the shop stands, why, and what comes next, in the shop's own zone. */
export function LifecycleLine({ organization }: { organization: Organization }) {
  const { lifecycle, timezone } = organization;
  const here = placeOf(lifecycle.state);
  const stripe = stripePlace(organization);
  return (
    <section aria-label="Lifecycle">
      <SectionHead title="Lifecycle" note="computed from stored facts, times in the shop’s zone" />
      <ol className="mt-0.5 mb-3 grid desk:grid-cols-6 max-desk:ml-1">
        {line.map((state, index) => {
          const current = index === here;
          const disputed = current && stripe !== undefined && stripe !== here;
          const says = stripe === index && stripe !== here;
          const dot = current
            ? (tones[state] ?? 'bg-ink-2')
            : says
              ? 'bg-green'
              : 'border-[1.5px] border-ctl bg-surface';
          return (
            <li
              key={state}
              aria-current={current ? 'step' : undefined}
              className="relative text-12 leading-[17px] max-desk:grid max-desk:grid-cols-[84px_1fr] max-desk:gap-2 max-desk:pb-2.5 max-desk:pl-6 max-desk:last:pb-0 desk:pt-9"
            >
              <span
                aria-hidden="true"
                className={`absolute max-desk:top-1.5 max-desk:-bottom-1.5 max-desk:left-1 max-desk:w-0.5 desk:inset-x-0 desk:top-[22px] desk:h-0.5 ${index === line.length - 1 ? 'max-desk:hidden' : ''} bg-line`}
              />
              <span
                aria-hidden="true"
                className={`absolute left-0 size-2.5 rounded-round shadow-[0_0_0_3px_var(--surface)] max-desk:top-1 desk:top-[18px] ${dot}`}
              />
              {says || disputed ? (
                <span
                  className={`font-medium max-desk:order-3 max-desk:col-span-full desk:absolute desk:top-[-6px] desk:left-0 ${says ? 'text-green' : 'text-red'}`}
                >
                  {says ? 'Stripe says' : 'Here'}
                </span>
              ) : null}
              <span className={`block text-13 ${current ? 'font-medium' : 'text-ink-3'}`}>
                {current ? lifecycle.state : state}
              </span>
              <span className="block min-h-[17px] text-ink-2">
                {current ? (
                  <>
                    since <Stamp at={lifecycle.since} zone={timezone} />
                  </>
                ) : null}
              </span>
            </li>
          );
        })}
      </ol>
      <dl className="grid grid-cols-[64px_minmax(0,1fr)] gap-y-1 border-t border-line pt-3">
        <dt className="text-ink-3">Why</dt>
        <dd className="text-pretty">{lifecycle.why}</dd>
        <dt className="text-ink-3">Next</dt>
        <dd className="text-pretty">
          {lifecycle.next.length === 0 ? 'Nothing is planned.' : null}
          {lifecycle.next.map((step) => (
            <span key={step.what} className="block">
              {step.at ? (
                <>
                  <Stamp at={step.at} zone={timezone} className="font-medium" />:{' '}
                </>
              ) : null}
              {step.what}
            </span>
          ))}
        </dd>
      </dl>
    </section>
  );
}
