import { Meter } from '@tillkeeper/ui/Meter';
import type { Organization } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';

export function UseOfPlan({ organization }: { organization: Organization }) {
  const { usage, plan } = organization;
  return (
    <section aria-label="Use of the plan">
      <SectionHead title="Use of the plan" note={plan} />
      <Meter label="Sales this month" {...usage.salesThisMonth} />
      <Meter label="Products" {...usage.products} />
      <Meter label="Members" {...usage.members} />
    </section>
  );
}
