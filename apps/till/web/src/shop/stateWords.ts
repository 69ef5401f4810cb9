import type { MarkName } from '@tillkeeper/ui/Mark';
import { weekdayAndDay } from '@tillkeeper/ui/words/time';
import type { Shop } from '../../../server/organizations/schema.ts';

export interface StateWords {
  readonly mark: MarkName;
  readonly title: string;
  /** What it means for the person who reads it; undefined when nothing needs to be said. */
  readonly text: string | undefined;
  /** Something that the person should know before they go on. */
  readonly attention: boolean;
}

/** A shop's state as its members read it: what is so, since when, who can change it. Pure; days in the shop's zone. */
export function stateWords(
  shop: Pick<Shop, 'status' | 'access' | 'accessSince' | 'accessReason' | 'role' | 'timezone' | 'billing'>,
): StateWords {
  const day = (instant: string): string => weekdayAndDay(Date.parse(instant), shop.timezone);
  const why = shop.accessReason === null ? (reasons[shop.status] ?? '') : `${shop.accessReason.replace(/\.$/, '')}.`;
  if (shop.access !== 'full') {
    const readOnly = shop.access === 'read_only';
    return {
      mark: 'degraded',
      title: `${readOnly ? 'Read only' : 'Closed'} since ${day(shop.accessSince)}`,
      text: [why, readOnly ? 'Everything can be read, nothing can be changed.' : '', payer(shop.role)]
        .filter(Boolean)
        .join(' '),
      attention: true,
    };
  }
  const periodEnd = shop.billing?.periodEnd ?? null;
  switch (shop.status) {
    case 'active':
      return {
        mark: 'done',
        title: 'Active',
        text:
          shop.billing?.endsAtPeriodEnd && periodEnd !== null
            ? `The subscription ends on ${day(periodEnd)}.`
            : undefined,
        attention: shop.billing?.endsAtPeriodEnd ?? false,
      };
    case 'trialing':
      return {
        mark: 'paused',
        title: shop.billing?.trialEnd ? `Trial until ${day(shop.billing.trialEnd)}` : 'Trial',
        text: undefined,
        attention: false,
      };
    case 'past_due':
    case 'unpaid':
    case 'incomplete':
      return {
        mark: 'degraded',
        title: 'A payment is missing',
        text:
          shop.role === 'owner'
            ? 'The last payment failed. A mail with a link to update the card is on its way to you; selling goes on.'
            : 'The last payment failed. The owner has a mail about it; selling goes on.',
        attention: true,
      };
    case 'paused':
    case 'canceled':
      return {
        mark: 'degraded',
        title: shop.status === 'paused' ? 'Paused' : 'Cancelled',
        text: `${why} ${payer(shop.role)}`,
        attention: true,
      };
    default:
      return { mark: 'unknown', title: `Not known: ${shop.status}`, text: 'Selling goes on.', attention: true };
  }
}

const reasons: Readonly<Record<string, string>> = {
  past_due: 'The subscription was not paid in time.',
  unpaid: 'The subscription was not paid in time.',
  incomplete: 'The first payment did not go through.',
  paused: 'The trial has ended without a card.',
  canceled: 'The subscription is cancelled.',
};

function payer(role: Shop['role']): string {
  return role === 'owner' ? 'Paying opens it again.' : 'It opens again when the owner pays.';
}
