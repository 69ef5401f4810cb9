import { account } from '../resources/account.ts';
import { checkoutSessions } from '../resources/checkoutSessions.ts';
import { customers } from '../resources/customers.ts';
import { events } from '../resources/events.ts';
import { invoiceItems } from '../resources/invoiceItems.ts';
import { invoices } from '../resources/invoices.ts';
import { paymentMethods } from '../resources/paymentMethods.ts';
import { payments } from '../resources/payments.ts';
import { portalConfigurations } from '../resources/portalConfigurations.ts';
import { portalSessions } from '../resources/portalSessions.ts';
import { prices } from '../resources/prices.ts';
import { products } from '../resources/products.ts';
import { setupIntents } from '../resources/setupIntents.ts';
import { subscriptionItems } from '../resources/subscriptionItems.ts';
import { subscriptions } from '../resources/subscriptions.ts';
import { testClocks } from '../resources/testClocks.ts';
import { webhookEndpoints } from '../resources/webhookEndpoints.ts';
import type { Route } from './route.ts';

/** Everything that the stand-in's `/v1` answers. */
export const routes: Route[] = [
  ...account,
  ...checkoutSessions,
  ...customers,
  ...events,
  ...invoiceItems,
  ...invoices,
  ...paymentMethods,
  ...payments,
  ...portalConfigurations,
  ...portalSessions,
  ...prices,
  ...products,
  ...setupIntents,
  ...subscriptionItems,
  ...subscriptions,
  ...testClocks,
  ...webhookEndpoints,
];
