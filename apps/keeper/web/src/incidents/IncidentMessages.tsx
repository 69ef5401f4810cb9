import { Link } from '@tanstack/react-router';
import { State } from '@tillkeeper/ui/Mark';
import { Cell, HeadCell, Table } from '@tillkeeper/ui/Table';
import { Stamp } from '@tillkeeper/ui/Times';
import type { Incident } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';
import { messageState } from '../messages/stateWords.ts';

export function IncidentMessages({ messages }: { messages: Incident['messages'] }) {
  if (messages.length === 0) return null;
  return (
    <section aria-label="Messages sent" className="mt-7">
      <SectionHead title="Messages" note="planned, accepted and delivered are separate facts" />
      <Table
        label="Messages of this incident"
        head={
          <>
            <HeadCell>Subject</HeadCell>
            <HeadCell className="w-64 max-desk:hidden">To</HeadCell>
            <HeadCell className="w-28">State</HeadCell>
            <HeadCell numeric className="w-24">
              At
            </HeadCell>
          </>
        }
      >
        {messages.map((message) => {
          const state = messageState(message.state);
          return (
            <tr key={message.id} className="hover:bg-hover">
              <Cell className="truncate max-desk:h-11">
                <Link to="/messages" search={{ open: message.id }} className="font-medium hover:underline">
                  {message.subject ?? message.template}
                </Link>
              </Cell>
              <Cell className="truncate text-ink-2 max-desk:hidden">{message.to}</Cell>
              <Cell>
                <State mark={state.mark}>{state.word}</State>
              </Cell>
              <Cell numeric className="text-ink-2">
                <Stamp at={message.at} />
              </Cell>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}
