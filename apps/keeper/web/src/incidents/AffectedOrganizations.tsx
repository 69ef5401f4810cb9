import { Link } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { Cell, HeadCell, Table } from '@tillkeeper/ui/Table';
import { count } from '@tillkeeper/ui/words/money';
import { useState } from 'react';
import type { Incident } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';

const first = 8;

export function AffectedOrganizations({ organizations }: { organizations: Incident['organizations'] }) {
  const [all, setAll] = useState(false);
  if (organizations.length === 0) return null;
  const shown = all ? organizations : organizations.slice(0, first);
  return (
    <section aria-label="Affected organizations" className="mt-7">
      <SectionHead title="Affected organizations" note={count(organizations.length)} />
      <Table
        label="Affected organizations"
        head={
          <>
            <HeadCell>Organization</HeadCell>
            <HeadCell className="w-28">Plan</HeadCell>
            <HeadCell className="w-28">Status</HeadCell>
          </>
        }
      >
        {shown.map((organization) => (
          <tr key={organization.id} className="hover:bg-hover">
            <Cell className="truncate max-desk:h-11">
              <Link to="/organizations/$id" params={{ id: organization.id }} className="font-medium hover:underline">
                {organization.name}
              </Link>
            </Cell>
            <Cell className="text-ink-2">{organization.plan}</Cell>
            <Cell className="text-ink-2">{organization.status}</Cell>
          </tr>
        ))}
      </Table>
      {shown.length < organizations.length ? (
        <div className="pt-3">
          <Button size="small" onClick={() => setAll(true)}>
            Show {count(organizations.length - shown.length)} more
          </Button>
        </div>
      ) : null}
    </section>
  );
}
