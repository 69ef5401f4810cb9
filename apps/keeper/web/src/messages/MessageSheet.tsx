import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { CopyableId } from '@tillkeeper/ui/CopyableId';
import { State } from '@tillkeeper/ui/Mark';
import { Modal } from '@tillkeeper/ui/Modal';
import { Notice } from '@tillkeeper/ui/Notice';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { Stamp } from '@tillkeeper/ui/Times';
import { type ReactNode, useState } from 'react';
import { incidentQuery, messageQuery, organizationQuery } from '../api/queries.ts';
import type { MessageDetail } from '../api/types.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { messageState } from './stateWords.ts';

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}

function Facts({ message }: { message: MessageDetail }) {
  const state = messageState(message.state);
  const organization = useQuery({
    ...organizationQuery(message.organizationId ?? ''),
    enabled: message.organizationId !== null,
  });
  const incident = useQuery({ ...incidentQuery(message.incidentId ?? ''), enabled: message.incidentId !== null });
  return (
    <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-x-3 gap-y-1 border-b border-line px-4.5 pt-3 pb-3.5 text-12">
      <Fact name="State">
        <State mark={state.mark}>{state.word}</State>
        {message.reason ? <span className="text-ink-2"> {message.reason}</span> : null}
      </Fact>
      <Fact name="To">{message.to}</Fact>
      {message.organizationId ? (
        <Fact name="Organization">
          <Link to="/organizations/$id" params={{ id: message.organizationId }} className="link">
            {organization.data?.name ?? message.organizationId}
          </Link>
        </Fact>
      ) : null}
      {message.incidentId ? (
        <Fact name="Incident">
          <Link
            to="/incidents/$reference"
            params={{ reference: String(incident.data?.number ?? message.incidentId) }}
            className="link"
          >
            {incident.data ? `#${incident.data.number} ${incident.data.title}` : message.incidentId}
          </Link>
        </Fact>
      ) : null}
      <Fact name={message.state === 'planned' || message.state === 'held' ? 'Due' : 'At'}>
        <Stamp at={message.state === 'planned' || message.state === 'held' ? message.dueAt : message.at} seconds />
        {message.attempts > 1 ? `, ${message.attempts} attempts` : ''}
        {message.secondCopy ? ', a second copy was sent because the outcome of the first is not known' : ''}
      </Fact>
      <Fact name="Template">
        <span className="code">{message.template}</span>
      </Fact>
      {message.messageId ? (
        <Fact name="Message-ID">
          <CopyableId id={message.messageId} what="message id" />
        </Fact>
      ) : null}
    </dl>
  );
}

function Body({ message }: { message: MessageDetail }) {
  const [view, setView] = useState<'html' | 'text'>(message.html === null ? 'text' : 'html');
  if (message.html === null && message.text === null) {
    return (
      <Notice mark="pending" title="Its words are not frozen yet">
        They are written when it is first sent, from what is true then.
      </Notice>
    );
  }
  return (
    <>
      <fieldset className="flex gap-4.5 border-b border-line px-4.5">
        <legend className="sr-only">View</legend>
        {(['html', 'text'] as const).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={view === each}
            onClick={() => setView(each)}
            className="h-[34px] text-ink-2 aria-pressed:font-medium aria-pressed:text-ink aria-pressed:shadow-[inset_0_-2px_0_var(--ink)] max-desk:h-11"
          >
            {each === 'html' ? 'As the customer sees it' : 'Text'}
          </button>
        ))}
      </fieldset>
      {view === 'html' && message.html !== null ? (
        // No scripts, no forms, no origin: a preview can do nothing but be looked at.
        <iframe
          title={`Preview of “${message.subject ?? message.template}”`}
          sandbox=""
          srcDoc={message.html}
          className="min-h-0 w-full flex-1 bg-[light-dark(white,#14161a)]"
        />
      ) : (
        <pre className="code min-h-0 flex-1 overflow-auto px-4.5 py-3.5 whitespace-pre-wrap">{message.text}</pre>
      )}
    </>
  );
}

/** One mail: what became of it, and its words as they were frozen at the first attempt. */
export function MessageSheet({ id, onClose }: { id: string; onClose(): void }) {
  const { data, error, refetch } = useQuery(messageQuery(id));
  return (
    <Modal place="right" title={data ? (data.subject ?? data.template) : 'Message'} onClose={onClose}>
      <div className="absolute top-3 right-3">
        <Button size="small" tone="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
      {data ? (
        <>
          <Facts message={data} />
          <Body message={data} />
        </>
      ) : error ? (
        <ErrorNotice error={error} what="The message" retry={() => void refetch()} />
      ) : (
        <div className="px-4.5">
          <Skeleton rows={6} label="message" />
        </div>
      )}
    </Modal>
  );
}
