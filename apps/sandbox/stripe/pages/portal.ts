import type { FastifyInstance } from 'fastify';
import { formatMoney, formatPrice } from '../billing/money.ts';
import { periodOf } from '../billing/periods.ts';
import { setUpCard } from '../billing/setUpCard.ts';
import type { Form } from '../http/form.ts';
import { subscriptionPatch } from '../resources/subscriptionPatch.ts';
import { change } from '../store/events.ts';
import type { Customer, Kinds, Subscription } from '../store/objects.ts';
import { inTimeOf, type Scope } from '../store/scope.ts';
import { cardFields, problem, readCard, testCardHelp } from './cardForm.ts';
import { type Html, html } from './layout.ts';
import { attempt, notFound, type PageAnswer, type PageHost, servePage, type Visit } from './pageHost.ts';

interface Opened {
  session: Kinds['billing_portal.session'];
  configuration: Kinds['billing_portal.configuration'];
  customer: Customer;
  scope: Scope;
}

function openSession({ scope, token }: Visit): Opened | undefined {
  const { store } = scope;
  const session = store.get('billing_portal.session', store.ownerOf(token) ?? '');
  if (session === undefined) return undefined;
  if (store.internal('billing_portal.session', session.id).expiresAtMs <= Temporal.Now.instant().epochMilliseconds)
    return undefined;
  const customer = store.get('customer', session.customer);
  const configuration = store.get('billing_portal.configuration', session.configuration);
  if (customer === undefined || configuration === undefined) return undefined;
  return { session, configuration, customer, scope: inTimeOf(scope, customer) };
}

function heading(customer: Customer): Html {
  return html`<header><h1>${customer.name ?? customer.email ?? 'Your billing'}</h1><p class="soft">Billing with Tillkeeper</p></header>`;
}

function day(seconds: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(seconds * 1000);
}

const brandNames: Record<string, string> = {
  amex: 'American Express',
  discover: 'Discover',
  mastercard: 'Mastercard',
  visa: 'Visa',
};

function cardInUse({ customer, scope }: Opened): Html {
  const id = customer.invoice_settings.default_payment_method;
  const card = id === null ? undefined : scope.store.get('payment_method', id)?.card;
  if (card === undefined) return html`<p>No card on file.</p>`;
  return html`<p>${brandNames[card.brand] ?? 'Card'} ending in ${card.last4}, expires ${card.exp_month}/${card.exp_year}</p>`;
}

function cardSection(opened: Opened, token: string, typed: Form, message: string | null): Html {
  return html`<section><h2>Payment method</h2>${cardInUse(opened)}
<form method="post" action="/p/session/${token}/payment_method">${problem(message)}${cardFields(typed)}<button>Save card</button></form></section>
${testCardHelp}`;
}

function subscriptionSection(opened: Opened, token: string, subscription: Subscription): Html {
  const { end } = periodOf(subscription);
  const lines = subscription.items.data.map((item) => {
    const name = opened.scope.store.get('product', item.price.product)?.name ?? item.price.product;
    return html`<div class="row"><span>${name}</span><span>${formatPrice(item.price)}</span></div>`;
  });
  const action = `/p/session/${token}/subscriptions/${subscription.id}`;
  const cancelling = subscription.cancel_at_period_end
    ? html`<p>Ends on ${day(end)}.</p><form method="post" action="${action}/renew"><button class="plain">Keep the subscription</button></form>`
    : html`<p>Renews on ${day(end)}.</p><form method="post" action="${action}/cancel"><button class="plain">Cancel the subscription</button></form>`;
  return html`<section><h2>Subscription</h2>${lines}${opened.configuration.features.subscription_cancel.enabled && cancelling}</section>`;
}

function owned(opened: Opened): { sql: string; values: string[] }[] {
  return [{ sql: 'customer = ?', values: [opened.customer.id] }];
}

function homePage(opened: Opened, token: string, typed: Form = {}, message: string | null = null): PageAnswer {
  const { configuration, scope, session } = opened;
  const { features } = configuration;
  const live = scope.store
    .list({ kind: 'subscription', where: owned(opened), limit: 20 })
    .filter((each) => each.status !== 'canceled' && each.status !== 'incomplete_expired');
  const invoices = scope.store
    .list({ kind: 'invoice', where: owned(opened), limit: 12 })
    .filter((each) => each.number !== null);
  const history = html`<section><h2>Invoices</h2>${invoices.map(
    (each) =>
      html`<div class="row"><a href="${each.hosted_invoice_url}">${each.number}</a><span>${formatMoney(each.total, each.currency)}, ${each.status}</span></div>`,
  )}</section>`;
  const body = html`${heading(opened.customer)}
${live.map((each) => subscriptionSection(opened, token, each))}
${features.payment_method_update.enabled && cardSection(opened, token, typed, message)}
${features.invoice_history.enabled && invoices.length > 0 && history}
${session.return_url !== null && html`<p><a href="${session.return_url}">Back to Tillkeeper</a></p>`}`;
  return { status: message === null ? 200 : 402, page: { title: 'Billing', body } };
}

function updatePage(opened: Opened, token: string, typed: Form = {}, message: string | null = null): PageAnswer {
  const back = opened.session.return_url;
  const body = html`${heading(opened.customer)}${cardSection(opened, token, typed, message)}
${back !== null && html`<p><a href="${back}">Back without saving</a></p>`}`;
  return { status: message === null ? 200 : 402, page: { title: 'Update your card', body } };
}

function firstPage(opened: Opened, token: string, typed?: Form, message?: string | null): PageAnswer {
  const page = opened.session.flow?.type === 'payment_method_update' ? updatePage : homePage;
  return page(opened, token, typed, message);
}

function donePage({ customer, session }: Opened): PageAnswer {
  const after = session.flow?.after_completion;
  const target = after?.type === 'hosted_confirmation' ? null : (after?.redirect?.return_url ?? session.return_url);
  const text = after?.hosted_confirmation?.custom_message ?? 'Thank you. You can close this page.';
  const body = html`${heading(customer)}<section><p class="done" role="status">Your card is saved.</p><p>${text}</p>
${target !== null && html`<p><a href="${target}">Back to Tillkeeper</a></p>`}</section>`;
  return { page: { title: 'Card saved', body, goesTo: target } };
}

// The portal makes the new card the customer's default. A default of the subscription's own stays as it is and keeps
// winning when the next invoice is charged: aligning it is up to whoever opened the portal.
function saveCard(visit: Visit): PageAnswer {
  const opened = openSession(visit);
  if (opened === undefined || !opened.configuration.features.payment_method_update.enabled) return notFound();
  const entry = readCard(visit.form, opened.scope.now);
  if (typeof entry === 'string') return firstPage(opened, visit.token, visit.form, entry);
  const refusal = attempt(opened.scope, true, () => {
    const { scope, customer } = opened;
    const method = setUpCard(scope, customer, entry.card, entry.details);
    const settings = { ...customer.invoice_settings, default_payment_method: method.id };
    change(scope, 'customer', customer, { invoice_settings: settings }, 'customer.updated');
  });
  if (refusal !== null) return firstPage(opened, visit.token, visit.form, refusal);
  return { redirect: `/p/session/${visit.token}/done` };
}

function setEnd(visit: Visit, subscription: string, ends: boolean): PageAnswer {
  const opened = openSession(visit);
  const stored = opened?.scope.store.get('subscription', subscription);
  if (opened === undefined || stored?.customer !== opened.customer.id) return notFound();
  if (!opened.configuration.features.subscription_cancel.enabled || stored.status === 'canceled') return notFound();
  opened.scope.store.transaction(() => {
    const patch = subscriptionPatch(opened.scope, stored, { cancel_at_period_end: ends });
    change(opened.scope, 'subscription', stored, patch, 'customer.subscription.updated');
  });
  return { redirect: `/p/session/${visit.token}` };
}

/** The customer portal's pages, which work without scripts. */
export function registerPortal(server: FastifyInstance, host: PageHost): void {
  const show = (page: (opened: Opened, token: string) => PageAnswer) => (visit: Visit) => {
    const opened = openSession(visit);
    return opened === undefined ? notFound() : page(opened, visit.token);
  };
  servePage(server, host, 'GET', '/p/session/:token', show(firstPage));
  servePage(server, host, 'GET', '/p/session/:token/done', show(donePage));
  servePage(server, host, 'POST', '/p/session/:token/payment_method', saveCard);
  servePage(server, host, 'POST', '/p/session/:token/subscriptions/:subscription/cancel', (visit) =>
    setEnd(visit, visit.subscription, true),
  );
  servePage(server, host, 'POST', '/p/session/:token/subscriptions/:subscription/renew', (visit) =>
    setEnd(visit, visit.subscription, false),
  );
}
