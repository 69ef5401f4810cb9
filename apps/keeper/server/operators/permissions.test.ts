import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Actor } from '@tillkeeper/platform/actor';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { alignPaymentMethod } from '../billing/alignPaymentMethod.ts';
import { compareWithStripe } from '../billing/compareWithStripe.ts';
import { createPaymentLink } from '../billing/createPaymentLink.ts';
import { fillGaps } from '../billing/gapFill.ts';
import { listDeliveries } from '../billing/listDeliveries.ts';
import { openPaymentLink } from '../billing/openPaymentLink.ts';
import { outsideTransaction } from '../billing/outsideTransaction.ts';
import { readPaymentFacts } from '../billing/paymentFacts.ts';
import { observePayment, payOpenInvoice } from '../billing/payOpenInvoice.ts';
import { processDeliveries } from '../billing/processDeliveries.ts';
import { reconcile } from '../billing/reconcile.ts';
import { refreshOrganizations } from '../billing/refreshOrganizations.ts';
import { replayDelivery } from '../billing/replayDelivery.ts';
import { returnFromPayment } from '../billing/returnFromPayment.ts';
import { checkStripeHealth } from '../billing/stripeHealth.ts';
import { readWebhookHealth } from '../billing/webhookHealth.ts';
import type { KeeperContext } from '../context.ts';
import { raiseSignal } from '../detection/raiseSignal.ts';
import { readEngine } from '../engine/readEngine.ts';
import { acknowledgeIncident } from '../incidents/acknowledgeIncident.ts';
import { addNote } from '../incidents/addNote.ts';
import { measureImpact } from '../incidents/measureImpact.ts';
import { openIncident } from '../incidents/openIncident.ts';
import { listIncidents, readIncident } from '../incidents/queries.ts';
import { resolveAnyway } from '../incidents/resolveAnyway.ts';
import { resolveIncident } from '../incidents/resolveIncident.ts';
import { runTimers } from '../incidents/runTimers.ts';
import { enqueueMessage } from '../messages/enqueueMessage.ts';
import { listMessages, readMessage } from '../messages/queries.ts';
import { sendNextMessage } from '../messages/sendMessages.ts';
import { openMailer } from '../messages/smtp.ts';
import { listOrganizations } from '../organizations/listOrganizations.ts';
import { readOrganization } from '../organizations/readOrganization.ts';
import { completeManualStep } from '../playbooks/completeManualStep.ts';
import { startTestServer } from '../testServer.ts';
import { createApiToken } from './createApiToken.ts';
import { createOperator } from './createOperator.ts';
import { listApiTokens } from './listApiTokens.ts';
import { authorize, type Permission, permissions } from './permissions.ts';
import { removeOperator } from './removeOperator.ts';
import { revokeApiToken } from './revokeApiToken.ts';
import { setOperatorPassword } from './setOperatorPassword.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());

const shop = await server.shop({ plan: 'pro' });
const organizationId = shop.organizationId;
const { incidentId } = (await raiseSignal(await server.context(), {
  source: 'test',
  identity: 'subscription-sync-failure',
  summary: 'Said by a test',
})) ?? { incidentId: '' };
const { tokenId } = await createApiToken(await server.context(), { name: 'to be revoked' });
const mailer = openMailer(server.config);
const link = {
  id: organizationId,
  organizationId,
  purpose: 'update_payment_method' as const,
  invoiceId: undefined,
  expired: false,
};

/** Calls that would do something if they were allowed. */
const verbs: Readonly<Record<string, readonly [Permission, (ctx: KeeperContext) => Promise<unknown>][]>> = {
  'billing/alignPaymentMethod.ts': [
    ['billing.repair', (ctx) => alignPaymentMethod(ctx, { organizationId, idempotencyKey: 'k' })],
  ],
  'billing/compareWithStripe.ts': [['billing.read', (ctx) => compareWithStripe(ctx, [organizationId])]],
  'billing/createPaymentLink.ts': [
    ['billing.repair', (ctx) => createPaymentLink(ctx, { organizationId, purpose: 'update_payment_method' })],
  ],
  'billing/gapFill.ts': [['billing.repair', (ctx) => fillGaps(ctx, { since: ctx.clock.now() })]],
  'billing/listDeliveries.ts': [['billing.read', (ctx) => listDeliveries(ctx, { limit: 1 })]],
  'billing/openPaymentLink.ts': [
    ['billing.repair', (ctx) => openPaymentLink(ctx, link, { anyway: true, returnUrl: 'x', changedUrl: 'y' })],
  ],
  'billing/payOpenInvoice.ts': [
    ['billing.repair', (ctx) => payOpenInvoice(ctx, { organizationId, invoiceId: 'in_1', idempotencyKey: 'k' })],
    ['billing.read', (ctx) => observePayment(ctx, { organizationId, invoiceId: 'in_1' })],
  ],
  'billing/paymentFacts.ts': [['billing.read', (ctx) => readPaymentFacts(ctx, organizationId)]],
  'billing/processDeliveries.ts': [
    ['billing.intake', (ctx) => processDeliveries(outsideTransaction(ctx), { holder: 'test' })],
  ],
  'billing/reconcile.ts': [['billing.repair', (ctx) => reconcile(ctx, { organizationId })]],
  'billing/refreshOrganizations.ts': [
    [
      'billing.repair',
      (ctx) =>
        refreshOrganizations(ctx, {
          organizationIds: [organizationId],
          cause: { kind: 'reconcile' },
          priority: 'high',
        }),
    ],
  ],
  'billing/replayDelivery.ts': [['billing.repair', (ctx) => replayDelivery(ctx, { eventId: 'evt_1' })]],
  'billing/returnFromPayment.ts': [['billing.repair', (ctx) => returnFromPayment(ctx, link)]],
  'billing/stripeHealth.ts': [['billing.read', (ctx) => checkStripeHealth(ctx)]],
  'billing/webhookHealth.ts': [['billing.read', (ctx) => readWebhookHealth(ctx)]],
  'detection/raiseSignal.ts': [
    ['signals.raise', (ctx) => raiseSignal(ctx, { source: 't', identity: 'subscription-sync-failure', summary: 's' })],
  ],
  'engine/readEngine.ts': [['engine.read', (ctx) => readEngine(ctx)]],
  'incidents/acknowledgeIncident.ts': [['incidents.act', (ctx) => acknowledgeIncident(ctx, { incidentId })]],
  'incidents/addNote.ts': [['incidents.act', (ctx) => addNote(ctx, { incidentId, text: 'A note' })]],
  'incidents/measureImpact.ts': [['organizations.read', (ctx) => measureImpact(ctx, [organizationId])]],
  'incidents/openIncident.ts': [
    [
      'signals.raise',
      (ctx) =>
        openIncident(
          ctx,
          {
            playbook: 'subscription-sync-failure',
            identity: 'subscription-sync-failure',
            detector: 'test',
            title: 't',
            summary: 's',
            organizationIds: [],
          },
          async () => undefined,
        ),
    ],
  ],
  'incidents/queries.ts': [
    ['incidents.read', (ctx) => listIncidents(ctx, { state: 'all', limit: 1 })],
    ['incidents.read', (ctx) => readIncident(ctx, incidentId)],
  ],
  'incidents/resolveAnyway.ts': [
    ['incidents.act', (ctx) => resolveAnyway(ctx, { incidentId, reason: 'Because a test wants it' })],
  ],
  'incidents/resolveIncident.ts': [['incidents.act', (ctx) => resolveIncident(ctx, { incidentId })]],
  'incidents/runTimers.ts': [['incidents.run', (ctx) => runTimers(ctx, {})]],
  'messages/enqueueMessage.ts': [
    [
      'messages.enqueue',
      (ctx) =>
        enqueueMessage(ctx, {
          organizationId,
          template: 'payment-recovered',
          recipient: { email: 'x@example.com', name: 'X' },
          occurrenceKey: 'permissions',
          variables: { name: 'X', plan: 'Pro', shop: 'S', amount: '1 USD', card: null, paidUntil: '1 May' },
        }),
    ],
  ],
  'messages/queries.ts': [
    ['messages.read', (ctx) => listMessages(ctx, { limit: 1 })],
    ['messages.read', (ctx) => readMessage(ctx, organizationId)],
  ],
  'messages/sendMessages.ts': [['messages.send', (ctx) => sendNextMessage(ctx, mailer, 'test')]],
  'operators/createApiToken.ts': [['operators.manage', (ctx) => createApiToken(ctx, { name: 'another' })]],
  'operators/createOperator.ts': [
    [
      'operators.manage',
      (ctx) => createOperator(ctx, { name: 'Eve', email: 'eve@example.com', password: 'long enough for this' }),
    ],
  ],
  'operators/listApiTokens.ts': [['operators.manage', (ctx) => listApiTokens(ctx)]],
  'operators/removeOperator.ts': [['operators.manage', (ctx) => removeOperator(ctx, { email: server.operator.email })]],
  'operators/revokeApiToken.ts': [['operators.manage', (ctx) => revokeApiToken(ctx, { tokenId })]],
  'operators/setOperatorPassword.ts': [
    [
      'operators.manage',
      (ctx) => setOperatorPassword(ctx, { email: server.operator.email, password: 'another long password' }),
    ],
  ],
  'organizations/listOrganizations.ts': [['organizations.read', (ctx) => listOrganizations(ctx, { limit: 1 })]],
  'organizations/readOrganization.ts': [['organizations.read', (ctx) => readOrganization(ctx, organizationId)]],
  'playbooks/completeManualStep.ts': [
    ['incidents.act', (ctx) => completeManualStep(ctx, { incidentId, step: 'x', note: 'done' })],
  ],
};

const actors: readonly Actor[] = [
  { kind: 'operator', id: 'a', name: 'Ana' },
  { kind: 'support', id: 's', name: 'Sam' },
  { kind: 'token', id: 't', name: 'a script' },
  { kind: 'system', job: 'test' },
  { kind: 'run', runId: 'r', playbook: 'subscription-sync-failure' },
  { kind: 'webhook', source: 'stripe' },
  { kind: 'member', userId: 'm', organizationId },
];

const calls = Object.entries(verbs).flatMap(([file, all]) =>
  all.map(([permission, call], index) => ({
    file: all.length === 1 ? file : `${file} (${index + 1})`,
    permission,
    call,
  })),
);
const may = (actor: Actor, permission: Permission) => permissions[permission].includes(actor.kind);

/** All that one of these verbs would have written. */
async function written(): Promise<string> {
  const { rows } = await databases.keeper.admin.query<{ text: string }>(
    `select string_agg(t.text, ' ' order by t.text) as text from (
       select 'audit ' || count(*) as text from audit
       union all select 'incident ' || i::text from incidents i
       union all select 'timeline ' || count(*) from timeline
       union all select 'signals ' || sum(repeats) from signals
       union all select 'messages ' || count(*) from messages
       union all select 'links ' || count(*) from payment_links
       union all select 'leases ' || count(*) from organization_leases
       union all select 'tokens ' || count(*) || count(revoked_at) from api_tokens
       union all select 'operators ' || string_agg(u.email || a.password, ' ' order by u.email)
                   from identity."user" u join identity."account" a on a."userId" = u.id
     ) as t`,
  );
  return rows[0]?.text ?? '';
}

describe('permissions', () => {
  it('are asked for by every verb that is tried here, and by no other', () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const asked = globSync('**/*.ts', { cwd: root })
      .filter((file) => !file.endsWith('.test.ts') && file !== 'operators/permissions.ts')
      .flatMap((file) =>
        [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/\bauthorize\(\w+, '([\w.]+)'\)/g)].map(
          (match) => `${file} ${match[1]}`,
        ),
      );
    const tried = Object.entries(verbs).flatMap(([file, all]) => all.map(([permission]) => `${file} ${permission}`));
    expect(tried.toSorted()).toEqual(asked.toSorted());
    expect(new Set(calls.map(({ permission }) => permission))).toEqual(new Set(Object.keys(permissions)));
  });

  it('leave no door open to a member of a shop, and none that is closed to everybody', () => {
    for (const [permission, kinds] of Object.entries(permissions)) {
      expect([permission, kinds.includes('member')]).toEqual([permission, false]);
      expect(kinds.length).toBeGreaterThan(0);
    }
    for (const actor of actors)
      for (const permission of Object.keys(permissions) as Permission[]) {
        const asked = () => authorize({ actor }, permission);
        if (may(actor, permission)) expect(asked).not.toThrow();
        else expect(asked).toThrow(/may not/);
      }
  });

  it.each(calls)(
    '$file refuses who has not $permission, before it writes or asks Stripe',
    async ({ permission, call }) => {
      const before = await written();
      const requests = JSON.stringify(server.stripe.stats.requests);
      const refused = actors.filter((actor) => !may(actor, permission));
      expect(refused.length).toBeGreaterThan(0);
      for (const actor of refused) {
        const ctx = await server.context(actor);
        await expect(call(ctx), actor.kind).rejects.toMatchObject({ code: 'forbidden', fields: { permission } });
      }
      expect(await written()).toBe(before);
      expect(JSON.stringify(server.stripe.stats.requests)).toBe(requests);
    },
  );
});
