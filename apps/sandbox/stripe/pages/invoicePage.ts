import type { FastifyInstance } from 'fastify';
import { intentOf } from '../billing/invoiceParts.ts';
import { formatMoney } from '../billing/money.ts';
import { payInvoice } from '../billing/payInvoice.ts';
import { setUpCard } from '../billing/setUpCard.ts';
import type { Form } from '../http/form.ts';
import type { Invoice } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';
import { cardFields, problem, readCard, testCardHelp } from './cardForm.ts';
import { type Html, html } from './layout.ts';
import { attempt, notFound, type PageAnswer, type PageHost, servePage, type Visit } from './pageHost.ts';

interface Opened {
  invoice: Invoice;
  scope: Scope;
}

function openInvoice({ scope, token }: Visit): Opened | undefined {
  const invoice = scope.store.get('invoice', scope.store.ownerOf(token) ?? '');
  return invoice === undefined || invoice.status === 'draft' ? undefined : { invoice, scope: inTimeOf(scope, invoice) };
}

function payable(invoice: Invoice): boolean {
  return invoice.status === 'open' || invoice.status === 'uncollectible';
}

function paySection({ invoice, scope }: Opened, token: string, typed: Form, message: string | null): Html {
  const amount = formatMoney(invoice.amount_remaining, invoice.currency);
  const waits = intentOf(scope, invoice)?.status === 'requires_action';
  return html`<section>${problem(message)}
${waits && html`<h2>Your bank asks for a confirmation</h2><form method="post" action="/i/${token}/confirm"><button>Confirm the payment of ${amount}</button></form>`}
<h2>Pay with a card</h2><form method="post" action="/i/${token}/pay">${cardFields(typed)}<button>Pay ${amount}</button></form></section>${testCardHelp}`;
}

function invoicePage(opened: Opened, token: string, typed: Form = {}, message: string | null = null): PageAnswer {
  const { invoice } = opened;
  const body = html`<header><h1>Invoice ${invoice.number}</h1><p class="soft">${invoice.customer_name ?? invoice.customer_email} from Tillkeeper</p>
<p class="sum">${formatMoney(invoice.total, invoice.currency)}</p></header>
<section>${invoice.lines.data.map((line) => html`<div class="row"><span>${line.description}</span><span>${formatMoney(line.amount, line.currency)}</span></div>`)}</section>
${invoice.status === 'paid' && html`<p class="done" role="status">Paid. Thank you.</p>`}
${invoice.status === 'void' && html`<p class="soft">This invoice was voided; nothing is owed.</p>`}
${payable(invoice) && paySection(opened, token, typed, message)}`;
  return { status: message === null ? 200 : 402, page: { title: `Invoice ${invoice.number}`, body } };
}

/** Collects the invoice with the person present; the message if that fails. */
function collect({ invoice, scope }: Opened, paymentMethod: string, authenticated: boolean): string | null {
  const result = payInvoice(scope, invoice, { automatic: false, paymentMethod, authenticated });
  if (result.failure === null) return null;
  return result.failure.kind === 'declined' ? result.failure.decline.message : 'The payment could not be made.';
}

function settle(visit: Visit, pay: (opened: Opened) => string | null): PageAnswer {
  const opened = openInvoice(visit);
  if (opened === undefined || !payable(opened.invoice)) return notFound();
  let declined: string | null = null;
  const refusal = attempt(opened.scope, true, () => {
    declined = pay(opened);
  });
  const message = refusal ?? declined;
  if (message === null) return { redirect: `/i/${visit.token}` };
  return invoicePage(
    { ...opened, invoice: need(opened.scope, 'invoice', opened.invoice.id) },
    visit.token,
    visit.form,
    message,
  );
}

/** The hosted page of an invoice, where it can be paid with a new card or a waiting payment be confirmed. */
export function registerInvoicePage(server: FastifyInstance, host: PageHost): void {
  servePage(server, host, 'GET', '/i/:token', (visit) => {
    const opened = openInvoice(visit);
    return opened === undefined ? notFound() : invoicePage(opened, visit.token);
  });
  servePage(server, host, 'POST', '/i/:token/pay', (visit) =>
    settle(visit, (opened) => {
      const entry = readCard(visit.form, opened.scope.now);
      if (typeof entry === 'string') return entry;
      const customer = need(opened.scope, 'customer', opened.invoice.customer ?? '', 'customer');
      const method = setUpCard(opened.scope, customer, entry.card, entry.details);
      return collect(opened, method.id, false);
    }),
  );
  servePage(server, host, 'POST', '/i/:token/confirm', (visit) =>
    settle(visit, (opened) => {
      const method = intentOf(opened.scope, opened.invoice)?.payment_method;
      return method === null || method === undefined ? 'There is nothing to confirm.' : collect(opened, method, true);
    }),
  );
}
