import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { Mark } from '@tillkeeper/ui/Mark';
import { Elapsed } from '@tillkeeper/ui/Times';
import { counted } from '@tillkeeper/ui/words/money';
import { acknowledgeIncident } from '../api/incidentVerbs.ts';
import { useWriteRefusal } from '../api/stream.ts';
import { useAttention } from './attention.ts';

/** What burns and nobody holds: one at a time, with its one button. Not on the incident's own page, which has the button already. */
export function RedBar({ hiddenFor }: { hiddenFor: string | undefined }) {
  const client = useQueryClient();
  const { untouched } = useAttention();
  const refusal = useWriteRefusal();
  const acknowledge = useMutation({
    mutationFn: acknowledgeIncident,
    onSettled: () => client.invalidateQueries({ queryKey: ['incidents'] }),
  });
  const shown = untouched.filter((item) => String(item.number) !== hiddenFor && item.id !== hiddenFor);
  const first = shown[0];
  if (!first) return null;
  return (
    <section
      aria-label="Held by nobody"
      className="flex min-h-10 items-center gap-x-3 gap-y-1 border-b border-transparent bg-red-solid px-6 py-1.5 text-on-red max-desk:flex-wrap max-desk:px-4 max-desk:py-2.5"
    >
      <Mark name="triggered" plain />
      <p className="min-w-0 flex-1 max-desk:basis-[calc(100%-40px)]">
        <Link
          to="/incidents/$reference"
          params={{ reference: String(first.number) }}
          className="font-semibold underline decoration-current/40 underline-offset-3 hover:decoration-current"
        >
          #{first.number} {first.title}
        </Link>{' '}
        <span className="opacity-90">
          {first.severity}, {counted(first.organizationIds.length, 'organization')}, nobody holds it
          {shown.length > 1 ? `, and ${shown.length - 1} more` : ''}.
        </span>
      </p>
      <span className="text-12 whitespace-nowrap">
        Open <Elapsed since={first.openedAt} className="font-semibold" />
      </span>
      <Button
        tone="onRed"
        size="small"
        busy={acknowledge.isPending}
        refused={refusal}
        onClick={() => acknowledge.mutate(first.id)}
        className="max-desk:ml-auto"
      >
        {acknowledge.isError ? `Acknowledge #${first.number} again` : `Acknowledge #${first.number}`}
      </Button>
    </section>
  );
}
