import { Link } from '@tanstack/react-router';
import { CopyableId } from '@tillkeeper/ui/CopyableId';
import { DayStamp } from '@tillkeeper/ui/Times';
import { money } from '@tillkeeper/ui/words/money';
import type { ReactNode } from 'react';
import type { Invoice, Organization } from '../api/types.ts';
import { RailBlock } from '../frame/Page.tsx';
import { Access } from './Status.tsx';

function paidSoFar(invoices: readonly Invoice[]): string | undefined {
  const paid = invoices.filter((invoice) => invoice.status === 'paid' && invoice.amountMinor > 0);
  const currency = paid[0]?.currency;
  if (currency === undefined) return undefined;
  const sum = paid
    .filter((invoice) => invoice.currency === currency)
    .reduce((total, invoice) => total + invoice.amountMinor, 0);
  return `${money(sum, currency)} in ${paid.length} ${paid.length === 1 ? 'invoice' : 'invoices'}`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 truncate">{children}</dd>
    </>
  );
}

export function OrganizationFacts({ organization }: { organization: Organization }) {
  const { facts, owner } = organization;
  const paid = paidSoFar(organization.invoices.items);
  return (
    <RailBlock title="Facts">
      <dl className="grid grid-cols-[88px_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1 text-12">
        <Fact name="Organization">
          <CopyableId id={facts.organizationId} what="organization id" />
        </Fact>
        {facts.stripeCustomerId === null ? null : (
          <Fact name="Stripe">
            <CopyableId id={facts.stripeCustomerId} what="Stripe customer id" />
          </Fact>
        )}
        <Fact name="Owner">
          {owner ? (
            <span title={owner.email}>
              {owner.name}, <span className="text-ink-2">{owner.email}</span>
            </span>
          ) : (
            <span className="text-ink-3">nobody</span>
          )}
        </Fact>
        <Fact name="Access">
          <Access access={organization.access} />
        </Fact>
        <Fact name="Since">
          <DayStamp at={organization.createdAt} zone={organization.timezone} />
        </Fact>
        <Fact name="Zone">
          {organization.timezone}, {organization.country}
        </Fact>
        <Fact name="Money">{organization.currency}</Fact>
        {paid === undefined ? null : <Fact name="Paid so far">{paid}</Fact>}
        <Fact name="Messages">
          <Link to="/messages" search={{ organizationId: organization.id }} className="link">
            All messages to this shop
          </Link>
        </Fact>
      </dl>
    </RailBlock>
  );
}
