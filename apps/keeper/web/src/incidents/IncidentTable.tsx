import { Link } from '@tanstack/react-router';
import { State } from '@tillkeeper/ui/Mark';
import { Holder } from '@tillkeeper/ui/Person';
import { Severity } from '@tillkeeper/ui/Severity';
import { Cell, HeadCell, LinkRow, rowLinkClass, Table } from '@tillkeeper/ui/Table';
import { Age, Countdown } from '@tillkeeper/ui/Times';
import { count } from '@tillkeeper/ui/words/money';
import type { IncidentItem } from '../api/types.ts';
import { incidentState } from './stateWords.ts';

/** One line of where it stands: the step under way with what it found, else what is known about the fault. */
function lineOf(item: IncidentItem): string {
  if (!item.currentStep) return item.summary;
  const { title, evidence } = item.currentStep;
  return evidence.summary ? `${title}: ${evidence.summary}` : title;
}

/** Waits for a person: a manual step, or a bad thing that nobody holds. */
function waitsForReader(item: IncidentItem): boolean {
  return item.state === 'manual' || (item.state === 'triggered' && item.heldBy === null && item.severity < 'P2');
}

function IncidentRow({ item, gone }: { item: IncidentItem; gone: boolean }) {
  const state = incidentState(item);
  const machine = item.heldBy !== null && item.heldBy.kind !== 'operator' && item.heldBy.kind !== 'support';
  return (
    <LinkRow waits={waitsForReader(item)} faded={gone}>
      <Cell className="h-14 max-desk:order-1">
        <State mark={state.mark}>{state.word}</State>
      </Cell>
      <Cell numeric className="h-14 text-ink-2 max-desk:order-2">
        {item.number}
      </Cell>
      <Cell className="h-14 pr-5 max-desk:order-5 max-desk:col-span-full max-desk:mt-1 max-desk:min-w-0">
        <Link
          to="/incidents/$reference"
          params={{ reference: String(item.number) }}
          data-row-link=""
          className={rowLinkClass}
        >
          {item.title}
        </Link>
        <span className="block truncate text-12 leading-[17px] text-ink-3 max-desk:line-clamp-2 max-desk:whitespace-normal">
          {lineOf(item)}
        </span>
      </Cell>
      <Cell className="h-14 max-desk:order-3 max-desk:justify-self-start">
        <Severity level={item.severity} />
      </Cell>
      <Cell numeric className="h-14 pr-7 max-wide:hidden!">
        {count(item.organizationIds.length)}
      </Cell>
      <Cell className="h-14 max-desk:order-6 max-desk:col-span-2 max-desk:mt-2 max-desk:self-center max-desk:text-12">
        <Holder name={item.heldBy?.name} machine={machine} narrow />
      </Cell>
      <Cell className="h-14 max-desk:order-7 max-desk:col-span-2 max-desk:mt-2 max-desk:flex! max-desk:items-center max-desk:justify-end max-desk:gap-1.5 max-desk:text-12">
        {item.next ? (
          <>
            <Countdown to={item.next.at} />
            <span className="block truncate text-12 leading-[17px] text-ink-3">{item.next.what}</span>
          </>
        ) : null}
      </Cell>
      <Cell numeric className="h-14 max-desk:order-4">
        <Age since={item.openedAt} until={item.resolvedAt} />
      </Cell>
    </LinkRow>
  );
}

export function IncidentTable({ items, gone }: { items: readonly IncidentItem[]; gone: ReadonlySet<string> }) {
  return (
    <div className="-mx-6 overflow-hidden px-6 max-desk:-mx-4 max-desk:px-4 max-desk:[&_tr]:grid-cols-[auto_auto_1fr_auto]">
      <Table
        label="Incidents"
        stacks
        head={
          <>
            <HeadCell className="w-36 max-wide:w-32">State</HeadCell>
            <HeadCell numeric className="w-12">
              No.
            </HeadCell>
            <HeadCell>Incident</HeadCell>
            <HeadCell className="w-13">Sev.</HeadCell>
            <HeadCell numeric className="w-17 pr-7 max-wide:hidden">
              Orgs
            </HeadCell>
            <HeadCell className="w-36 max-wide:w-14">Held by</HeadCell>
            <HeadCell className="w-35 max-wide:w-28">Next clock</HeadCell>
            <HeadCell numeric className="w-16">
              Open
            </HeadCell>
          </>
        }
      >
        {items.map((item) => (
          <IncidentRow key={item.id} item={item} gone={gone.has(item.id)} />
        ))}
      </Table>
    </div>
  );
}
