import { describe, expect, it } from 'vitest';
import { stateWords } from './stateWords.ts';

const billing = {
  amountMinor: 2900,
  currency: 'USD',
  interval: 'month',
  periodEnd: '2026-12-01T10:59:00Z',
  trialEnd: null,
  endsAtPeriodEnd: false,
  invoiceStatus: 'paid',
};
const shop = {
  status: 'active',
  access: 'full' as const,
  accessSince: '2026-11-02T20:00:00Z',
  accessReason: null,
  role: 'owner' as const,
  timezone: 'Pacific/Auckland',
  billing,
};

describe('the state of a shop in words', () => {
  it('says nothing more when all is well', () => {
    expect(stateWords(shop)).toEqual({ mark: 'done', title: 'Active', text: undefined, attention: false });
  });

  it('names the day in the shop’s zone from which it is read only, why, and who can change that', () => {
    const owner = stateWords({ ...shop, status: 'unpaid', access: 'read_only' });
    expect(owner.title).toBe('Read only since Tue 3 Nov');
    expect(owner.text).toBe(
      'The subscription was not paid in time. Everything can be read, nothing can be changed. Paying opens it again.',
    );
    const cashier = stateWords({ ...shop, status: 'unpaid', access: 'read_only', role: 'cashier', billing: null });
    expect(cashier.text).toContain('when the owner pays');
    expect(stateWords({ ...shop, access: 'read_only', accessReason: 'Two invoices were not paid' }).text).toMatch(
      /^Two invoices were not paid\. /,
    );
  });

  it('tells the owner of a failed card about the mail, and everybody that selling goes on', () => {
    const owner = stateWords({ ...shop, status: 'past_due' });
    expect(owner).toMatchObject({ mark: 'degraded', attention: true });
    expect(owner.text).toMatch(/to you; selling goes on/);
    expect(stateWords({ ...shop, status: 'past_due', role: 'cashier', billing: null }).text).toMatch(
      /The owner has a mail .* selling goes on/,
    );
  });

  it('announces the end of a subscription that will not renew', () => {
    const ending = stateWords({ ...shop, billing: { ...billing, endsAtPeriodEnd: true } });
    expect(ending).toMatchObject({ attention: true, text: 'The subscription ends on Tue 1 Dec.' });
  });

  it('shows the last day of a trial without alarm', () => {
    expect(
      stateWords({ ...shop, status: 'trialing', billing: { ...billing, trialEnd: '2026-11-29T10:59:00Z' } }),
    ).toMatchObject({
      title: 'Trial until Sun 29 Nov',
      attention: false,
    });
  });

  it('never calls a state well that it does not know', () => {
    expect(stateWords({ ...shop, status: 'ruminating' })).toMatchObject({
      mark: 'unknown',
      title: 'Not known: ruminating',
      attention: true,
    });
  });
});
