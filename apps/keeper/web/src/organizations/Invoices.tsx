import { Mark, type MarkName, State } from '@tillkeeper/ui/Mark';
import { Cell, HeadCell, Table } from '@tillkeeper/ui/Table';
import { DayStamp } from '@tillkeeper/ui/Times';
import { money } from '@tillkeeper/ui/words/money';
import { useState } from 'react';
import type { Invoice, Organization } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';

const first = 6;

const words: Record<string, { mark: MarkName; word: string }> = {
  paid: { mark: 'proven', word: 'Paid' },
  draft: { mark: 'pending', word: 'Draft' },
  void: { mark: 'done', word: 'Void' },
  uncollectible: { mark: 'refuted', word: 'Lost' },
};

function stateOf(invoice: Invoice): { mark: MarkName; word: string } {
  if (invoice.status === 'open') {
    return invoice.attempts > 0 ? { mark: 'degraded', word: 'Unpaid' } : { mark: 'pending', word: 'Open' };
  }
  return words[invoice.status] ?? { mark: 'unknown', word: invoice.status };
}

function attempts(number: number): string {
  if (number === 0) return 'not tried yet';
  return number === 1 ? 'first attempt' : `${number} attempts`;
}

/** What Stripe billed, newest first. */
export function Invoices({ organization }: { organization: Organization }) {
  const { items, error } = organization.invoices;
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, first);
  return (
    <section aria-label="Invoices">
      <SectionHead
        title="Invoices"
        aside={
          items.length > first && !all ? (
            <button type="button" onClick={() => setAll(true)} className="link max-desk:min-h-11">
              All {items.length}
            </button>
          ) : undefined
        }
      />
      {error === null ? null : (
        <p role="alert" className="flex items-center gap-2 text-ink-2">
          <Mark name="unknown" />
          Not known: {error}.
        </p>
      )}
      {error === null && items.length === 0 ? <p className="text-ink-2">No invoice yet.</p> : null}
      {shown.length === 0 ? null : (
        <Table
          label="Invoices"
          head={
            <>
              <HeadCell className="w-24">Made</HeadCell>
              <HeadCell className="w-24">State</HeadCell>
              <HeadCell className="max-desk:hidden">Number</HeadCell>
              <HeadCell numeric className="w-24">
                Amount
              </HeadCell>
            </>
          }
        >
          {shown.map((invoice) => {
            const state = stateOf(invoice);
            return (
              <tr key={invoice.id}>
                <Cell className="text-ink-2">
                  <DayStamp at={invoice.at} zone={organization.timezone} />
                </Cell>
                <Cell>
                  <State mark={state.mark}>{state.word}</State>
                </Cell>
                <Cell className="truncate text-ink-2 max-desk:hidden">
                  {invoice.description}, {attempts(invoice.attempts)}
                </Cell>
                <Cell numeric>{money(invoice.amountMinor, invoice.currency)}</Cell>
              </tr>
            );
          })}
        </Table>
      )}
    </section>
  );
}
