import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { State } from '@tillkeeper/ui/Mark';
import { Notice } from '@tillkeeper/ui/Notice';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { Cell, HeadCell, LinkRow, rowLinkClass, Table } from '@tillkeeper/ui/Table';
import { RelativeTime } from '@tillkeeper/ui/Times';
import { lazy, Suspense, useRef } from 'react';
import { messagesQuery, organizationQuery } from '../api/queries.ts';
import type { MessageItem } from '../api/types.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { LoadMore } from '../frame/LoadMore.tsx';
import { Page } from '../frame/Page.tsx';
import { SearchField } from '../frame/SearchField.tsx';
import { rowKeys, useKeys } from '../keys/registry.ts';
import { messageState } from './stateWords.ts';

const MessageSheet = lazy(() => import('./MessageSheet.tsx').then((module) => ({ default: module.MessageSheet })));

function MessageRow({ message }: { message: MessageItem }) {
  const state = messageState(message.state);
  return (
    <LinkRow>
      <Cell className="max-desk:order-1">
        <State mark={state.mark}>{state.word}</State>
      </Cell>
      <Cell className="max-desk:order-3 max-desk:col-span-full max-desk:mt-1 max-desk:min-w-0">
        <Link
          to="/messages"
          search={(search) => ({ ...search, open: message.id })}
          data-row-link=""
          className={rowLinkClass}
          resetScroll={false}
        >
          {message.subject ?? message.template}
        </Link>
      </Cell>
      <Cell className="truncate text-ink-2 max-desk:order-4 max-desk:col-span-full">{message.to}</Cell>
      <Cell className="truncate max-wide:hidden!">
        <span className="code text-ink-2">{message.template}</span>
      </Cell>
      <Cell numeric className="text-ink-2 max-desk:order-2">
        <RelativeTime at={message.at} />
      </Cell>
    </LinkRow>
  );
}

export function MessagesPage() {
  const { to, organizationId, open } = useSearch({ from: '/frame/messages' });
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    messagesQuery({ to, organizationId }),
  );
  const organization = useQuery({ ...organizationQuery(organizationId ?? ''), enabled: organizationId !== undefined });
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = to !== undefined || organizationId !== undefined;

  useKeys('List', [...rowKeys, { keys: 'f', label: 'Filter by recipient', run: () => field.current?.focus() }]);

  return (
    <Page title="Messages">
      <h1 className="sr-only">Messages</h1>
      <div className="flex min-h-[34px] flex-wrap items-center gap-2.5 pb-2">
        <SearchField
          ref={field}
          label="Recipient"
          placeholder="Recipient’s address"
          value={to ?? ''}
          onSearch={(next) =>
            void navigate({ to: '/messages', search: { organizationId, to: next || undefined }, replace: true })
          }
        />
        {organizationId === undefined ? null : (
          <span className="flex items-center gap-2 text-ink-2">
            To {organization.data?.name ?? 'one organization'}
            <Button size="small" onClick={() => void navigate({ to: '/messages', search: { to } })}>
              Show all
            </Button>
          </span>
        )}
      </div>
      {isPending ? <Skeleton rows={8} label="messages" /> : null}
      {error ? <ErrorNotice error={error} what="The list of messages" retry={() => void refetch()} /> : null}
      {data && items.length === 0 ? (
        <Notice
          mark="pending"
          title={filtered ? `No message ${to ? `to ${to}` : 'to this organization'}` : 'No message yet'}
          actions={
            filtered ? (
              <Button size="small" onClick={() => void navigate({ to: '/messages', search: {} })}>
                Clear filter
              </Button>
            ) : undefined
          }
        >
          {filtered ? 'The address is compared whole.' : 'Playbooks write to customers when their part is needed.'}
        </Notice>
      ) : null}
      {items.length === 0 ? null : (
        <div className="-mx-6 overflow-hidden px-6 max-desk:-mx-4 max-desk:px-4 max-desk:[&_tr]:grid-cols-[1fr_auto]">
          <Table
            label="Messages"
            stacks
            head={
              <>
                <HeadCell className="w-32 max-wide:w-28">State</HeadCell>
                <HeadCell>Subject</HeadCell>
                <HeadCell className="w-68 max-wide:w-[34%]">To</HeadCell>
                <HeadCell className="w-44 max-wide:hidden">Template</HeadCell>
                <HeadCell numeric className="w-28 max-wide:w-22">
                  At
                </HeadCell>
              </>
            }
          >
            {items.map((message) => (
              <MessageRow key={message.id} message={message} />
            ))}
          </Table>
        </div>
      )}
      {hasNextPage ? <LoadMore busy={isFetchingNextPage} onMore={() => void fetchNextPage()} what="messages" /> : null}
      {open === undefined ? null : (
        <Suspense>
          <MessageSheet
            id={open}
            onClose={() =>
              void navigate({ to: '/messages', search: { to, organizationId }, replace: true, resetScroll: false })
            }
          />
        </Suspense>
      )}
    </Page>
  );
}
