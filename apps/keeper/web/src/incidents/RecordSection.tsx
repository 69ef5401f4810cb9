import { Stamp } from '@tillkeeper/ui/Times';
import type { IncidentRecord } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';

/** What happened, in sentences. Each one leads to the event that it was written from; one without an event is plain text. */
export function RecordSection({ record, onFollow }: { record: IncidentRecord; onFollow(): void }) {
  return (
    <section aria-label="Record" className="mt-7">
      <SectionHead
        title="Record"
        note="each sentence leads to its event"
        aside={
          <>
            written <Stamp at={record.writtenAt} seconds />
          </>
        }
      />
      <div className="border-t border-line pt-2.5">
        <ol className="max-w-[72ch]">
          {record.sentences.map((sentence) => {
            const [event] = sentence.events;
            return (
              <li key={sentence.text} className="py-0.5 text-pretty">
                {event === undefined ? (
                  sentence.text
                ) : (
                  <a
                    href={`#event-${event}`}
                    onClick={onFollow}
                    className="decoration-edge underline-offset-3 hover:underline"
                  >
                    {sentence.text}
                  </a>
                )}
              </li>
            );
          })}
        </ol>
      </div>
    </section>
  );
}
