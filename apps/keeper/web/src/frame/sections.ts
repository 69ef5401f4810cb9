import { ActivityIcon, MailIcon, StoreIcon } from 'lucide-react';

/** The sections of the console. One list for the sidebar, the bottom bar, the palette and the keys. */
export const sections = [
  { to: '/incidents', label: 'Incidents', keys: 'g i', Icon: ActivityIcon, group: undefined },
  { to: '/organizations', label: 'Organizations', keys: 'g c', Icon: StoreIcon, group: 'Customers' },
  { to: '/messages', label: 'Messages', keys: 'g m', Icon: MailIcon, group: 'Customers' },
] as const;
