import { CopyableId } from '@tillkeeper/ui/CopyableId';
import { Mark } from '@tillkeeper/ui/Mark';
import { RelativeTime, Stamp } from '@tillkeeper/ui/Times';
import type { Organization, SourceField } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';

const stripeId = /^[a-z]{2,8}_[A-Za-z0-9_]{8,}$/;
const instant = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

const cell = 'h-8 border-b border-line pl-3 max-desk:pl-2 max-desk:pr-1 max-desk:text-12 overflow-hidden pr-3';
const column =
  'h-[30px] border-b border-l border-line pr-2 pl-3 text-left text-12 font-regular text-ink-3 max-desk:pl-2 max-desk:leading-[14px]';

/** Ids as ids: one alone can be copied whole, one among words is set apart. */
function Words({ text, what }: { text: string; what: string }) {
  if (stripeId.test(text)) return <CopyableId id={text} what={what} />;
  if (!text.split(' ').some((word) => stripeId.test(word))) return text;
  return <span className="code wrap-anywhere">{text}</span>;
}

function Value({ value, what, zone }: { value: string | null; what: string; zone: string }) {
  if (value === null) return <span className="text-ink-3">not kept</span>;
  return instant.test(value) ? <Stamp at={value} zone={zone} /> : <Words text={value} what={what} />;
}

/** Stripe is the source of truth: whoever differs from it is wrong. Where Stripe was not read, the two rows are compared. */
function differs(field: SourceField, value: string | null): boolean {
  if (!field.differs || value === null) return false;
  return field.stripe === null ? true : value !== field.stripe;
}

function SourceCell({ field, value, zone }: { field: SourceField; value: string | null; zone: string }) {
  const wrong = differs(field, value);
  return (
    <td className={`${cell} border-l ${wrong ? 'bg-red-soft' : ''}`}>
      {wrong ? (
        <span className="inline-flex items-center gap-2 font-semibold max-desk:gap-1 max-desk:wrap-normal">
          <Mark name="refuted" label="Differs" />
          <Value value={value} what={field.label} zone={zone} />
        </span>
      ) : (
        <Value value={value} what={field.label} zone={zone} />
      )}
    </td>
  );
}

/** One field a row, one source a column. */
export function SourcesTable({ organization }: { organization: Organization }) {
  const { sources, timezone } = organization;
  const wrong = sources.fields.filter((field) => field.differs).length;
  return (
    <section aria-label="What each source says" className="mt-7">
      <SectionHead
        title="What each source says"
        note={
          <>
            read <RelativeTime at={sources.readAt} />
          </>
        }
        aside={
          sources.error !== null || sources.fields.length === 0
            ? undefined
            : wrong === 0
              ? 'all agree'
              : `${wrong} ${wrong === 1 ? 'differs' : 'differ'}`
        }
      />
      {sources.error === null ? null : (
        <p role="alert" className="hatched mb-2 flex items-center rounded-control border border-line">
          <span className="m-1 flex flex-1 items-center gap-2 rounded-tag bg-surface px-2.5 py-1.5 text-12">
            <Mark name="unknown" />
            <span>
              <b className="font-medium">Not known what Stripe says.</b> {sources.error}.
            </span>
          </span>
        </p>
      )}
      {sources.fields.length === 0 ? (
        sources.error === null ? (
          <p className="border-t border-line pt-2.5 text-ink-2">
            This shop has no customer at Stripe, so there is nothing to compare.
          </p>
        ) : null
      ) : (
        <table aria-label="What each source says" className="w-full table-fixed border-collapse">
          <thead>
            <tr>
              <th
                scope="col"
                className="h-[30px] w-28 border-b border-line text-left text-12 font-regular text-ink-3 max-desk:w-20"
              >
                Field
              </th>
              <th scope="col" className={column}>
                Stripe
              </th>
              <th scope="col" className={column}>
                <span className="code max-desk:text-[10.5px]">
                  organization_
                  <wbr />
                  subscriptions
                </span>
              </th>
              <th scope="col" className={column}>
                <span className="code max-desk:text-[10.5px]">organizations</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sources.fields.map((field) => (
              <tr key={field.field}>
                <th
                  scope="row"
                  className="h-8 border-b border-line text-left font-regular wrap-anywhere max-desk:pr-1 max-desk:text-12"
                >
                  {field.label}
                </th>
                <td className={`${cell} border-l ${sources.error === null ? '' : 'hatched'}`}>
                  {sources.error === null ? (
                    <Value value={field.stripe} what={field.label} zone={timezone} />
                  ) : (
                    <span className="sr-only">not known</span>
                  )}
                </td>
                <SourceCell field={field} value={field.subscriptionRow} zone={timezone} />
                <SourceCell field={field} value={field.organizationRow} zone={timezone} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
