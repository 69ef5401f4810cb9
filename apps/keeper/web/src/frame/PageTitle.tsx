import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { environmentQuery } from '../api/queries.ts';
import { useAttention } from './attention.ts';

const plainIcon = '/favicon.svg';

function iconWith(count: number): string {
  const text = count > 9 ? '9+' : String(count);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><rect width="20" height="20" rx="6" fill="#b5121b"/><text x="10" y="14.6" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="700" font-size="13" fill="#fff">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Title and icon of the tab carry the same count as the red bar, so that a tab in the background speaks too. */
export function PageTitle({ title }: { title: string }) {
  const { data: environment } = useQuery(environmentQuery);
  const { untouched } = useAttention();
  const waiting = untouched.length;
  const where = environment?.environment === 'sandbox' ? ' · Sandbox' : '';

  useEffect(() => {
    document.title = `${waiting === 0 ? '' : `(${waiting}) `}${title} · Keeper${where}`;
  }, [title, waiting, where]);

  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = waiting === 0 ? plainIcon : iconWith(waiting);
  }, [waiting]);

  return null;
}
