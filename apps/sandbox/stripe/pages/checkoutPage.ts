import type { FastifyInstance } from 'fastify';
import { checkoutLines, completeCheckout } from '../billing/checkout.ts';
import { formatMoney, formatPrice } from '../billing/money.ts';
import type { Form } from '../http/form.ts';
import type { CheckoutSession } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { cardFields, problem, readCard, testCardHelp } from './cardForm.ts';
import { html } from './layout.ts';
import { attempt, notFound, type PageAnswer, type PageHost, servePage, type Visit } from './pageHost.ts';

function openCheckout({ scope, token }: Visit): CheckoutSession | undefined {
  const session = scope.store.get('checkout.session', token);
  return session?.status === 'open' && session.expires_at > scope.now ? session : undefined;
}

function payPage(scope: Scope, session: CheckoutSession, typed: Form, message: string | null): PageAnswer {
  const lines = checkoutLines(scope, session.id);
  const needsEmail = session.customer === null && session.customer_email === null;
  const body = html`<header><h1>Subscribe to Tillkeeper</h1>
<p class="sum">${formatMoney(session.amount_total ?? 0, session.currency ?? 'usd')}</p><p class="soft">due today</p></header>
<section>${lines.map((line) => html`<div class="row"><span>${line.description} × ${line.quantity}</span><span>${formatPrice(line.price)}</span></div>`)}</section>
<section><form method="post" action="/c/pay/${session.id}">${problem(message)}${cardFields(typed, { email: needsEmail })}<button>Subscribe</button></form></section>
${testCardHelp}
${session.cancel_url !== null && html`<p><a href="${session.cancel_url}">Back</a></p>`}`;
  return { status: message === null ? 200 : 402, leadsTo: session.success_url, page: { title: 'Checkout', body } };
}

function subscribe(visit: Visit): PageAnswer {
  const session = openCheckout(visit);
  if (session === undefined) return notFound();
  const entry = readCard(visit.form, visit.scope.now);
  if (typeof entry === 'string') return payPage(visit.scope, session, visit.form, entry);
  const refusal = attempt(visit.scope, false, () => {
    completeCheckout(visit.scope, session, entry.card, entry.details);
  });
  if (refusal !== null) return payPage(visit.scope, session, visit.form, refusal);
  return { redirect: (session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id) };
}

/** Checkout's page for a subscription, which works without scripts. */
export function registerCheckout(server: FastifyInstance, host: PageHost): void {
  servePage(server, host, 'GET', '/c/pay/:token', (visit) => {
    const session = openCheckout(visit);
    return session === undefined ? notFound() : payPage(visit.scope, session, {}, null);
  });
  servePage(server, host, 'POST', '/c/pay/:token', subscribe);
}
