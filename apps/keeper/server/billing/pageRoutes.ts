import { AppError, statusOf } from '@tillkeeper/platform/errors';
import type { HttpServer } from '@tillkeeper/platform/http';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { type KeeperContext, type KeeperDeps, openContext } from '../context.ts';
import { findPaymentLink, openPaymentLink, type PaymentLink } from './openPaymentLink.ts';
import type { PaymentFacts } from './paymentFacts.ts';
import { type PaymentPage, renderPaymentPage } from './paymentPages.ts';
import { returnFromPayment } from './returnFromPayment.ts';

/** Tokens are 43 characters of base64url; anything else was never ours. */
const Token = Type.String({ minLength: 1, maxLength: 100 });

const unknown: PaymentPage = {
  title: 'This link does not work',
  paragraphs: [
    'The address is not complete, or the link was never made by us.',
    'Open the newest email about your payment and use its button.',
  ],
};

const unavailable: PaymentPage = {
  title: 'The payment page does not answer',
  paragraphs: [
    'Our payment provider cannot be reached at the moment. Nothing was changed and nothing was charged.',
    'Open this link again in a few minutes.',
  ],
};

/** Pages that links in mails lead to. The token is the permission: whoever holds it may pay for that shop, and do nothing else. */
export async function pageRoutes(app: HttpServer, { deps }: { deps: KeeperDeps }): Promise<void> {
  const contextFor = (requestId: string) => openContext(deps, { kind: 'system', job: 'payment-page' }, requestId);

  // Mail programs look at links with HEAD: the link is fine, and no session is opened at Stripe for it.
  app.head('/pay/:token', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(),
  );
  app.get(
    '/pay/:token',
    {
      exposeHeadRoute: false,
      ...about('Leads a shop to Stripe to pay', {
        params: Type.Object({ token: Token }),
        querystring: Type.Object({ anyway: Type.Optional(Type.Literal('1')) }),
      }),
    },
    async (request, reply) => {
      const { token } = request.params;
      const ctx = await contextFor(request.id);
      const link = await findPaymentLink(ctx, token);
      if (link === undefined) return show(ctx, reply, 404, unknown);
      if (link.expired) return show(ctx, reply, 410, expired(deps));
      const done = `${deps.config.publicUrl}/pay/done?link=${encodeURIComponent(token)}`;
      return answering(ctx, reply, async () => {
        const opened = await openPaymentLink(ctx, link, {
          anyway: request.query.anyway === '1',
          returnUrl: done,
          changedUrl: `${done}&changed=1`,
        });
        if (opened.kind === 'redirect') return reply.header('cache-control', 'no-store').redirect(opened.url, 303);
        return show(ctx, reply, 200, nothingDue(link, opened.facts, token));
      });
    },
  );

  app.get(
    '/pay/done',
    {
      exposeHeadRoute: false,
      ...about('Where Stripe sends a shop back to', {
        querystring: Type.Object({ link: Type.Optional(Token), changed: Type.Optional(Type.Literal('1')) }),
      }),
    },
    async (request, reply) => {
      const ctx = await contextFor(request.id);
      const link = request.query.link === undefined ? undefined : await findPaymentLink(ctx, request.query.link);
      if (link === undefined) return show(ctx, reply, 404, unknown);
      return answering(ctx, reply, async () => {
        const seen = await returnFromPayment(ctx, link);
        return show(ctx, reply, 200, request.query.changed === '1' ? changed(seen) : back(request.query.link ?? ''));
      });
    },
  );
}

function about<Parts extends object>(summary: string, parts: Parts) {
  return {
    schema: { tags: ['payment pages'], summary, security: [], ...parts },
    config: { rateLimit: { max: 300, timeWindow: '1 minute' } },
  };
}

/** A visitor sees a page, never problem+json; what failed goes to the log. */
async function answering(
  ctx: KeeperContext,
  reply: FastifyReply,
  answer: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await answer();
  } catch (error) {
    ctx.log.warn({ err: error, requestId: ctx.requestId }, 'payment page failed');
    const lost = error instanceof AppError && statusOf(error.code) < 500;
    return lost ? show(ctx, reply, 404, unknown) : show(ctx, reply, 503, unavailable);
  }
}

function show(
  { config }: Pick<KeeperContext, 'config'>,
  reply: FastifyReply,
  status: number,
  page: PaymentPage,
): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(renderPaymentPage(page, config.environment));
}

function expired(deps: KeeperDeps): PaymentPage {
  return {
    title: 'This link has expired',
    paragraphs: [
      'Links to the payment page work for 30 days. Nothing was charged.',
      'Sign in to your shop to see what is due, or reply to the email for a new link.',
    ],
    action: { href: deps.config.tillPublicUrl, label: 'Sign in to your shop' },
  };
}

function nothingDue(link: PaymentLink, { subscription, paymentMethod }: PaymentFacts, token: string): PaymentPage {
  if (subscription === undefined || subscription.status === 'canceled') {
    return {
      title: 'Nothing is due',
      paragraphs: ['There is no subscription that could be paid. Nothing was charged.'],
    };
  }
  const card =
    paymentMethod === undefined ? [] : [`Your next payment goes to the card ending in ${paymentMethod.last4}.`];
  return {
    title: 'Nothing is due',
    paragraphs: ['Your subscription is paid. There is nothing left for you to do.', ...card],
    ...(link.purpose === 'update_payment_method'
      ? { action: { href: `/pay/${token}?anyway=1`, label: 'Use another card', quiet: true } }
      : {}),
  };
}

function changed(seen: boolean): PaymentPage {
  const next = seen
    ? 'The open payment is collected from it now.'
    : 'The open payment is collected from it within the next minutes.';
  return {
    title: 'Your card is saved',
    paragraphs: [next, 'You get an email as soon as it is paid. There is nothing left for you to do.'],
  };
}

function back(token: string): PaymentPage {
  return {
    title: 'You left the payment page',
    paragraphs: [
      'If you have paid or changed your card, we know it already and there is nothing left for you to do.',
      'If not, your payment is still open.',
    ],
    action: { href: `/pay/${token}`, label: 'Open the payment page again' },
  };
}
