import type { FastifyInstance, FastifyReply } from 'fastify';
import { StripeFault } from '../http/errors.ts';
import { type Form, parseForm } from '../http/form.ts';
import type { Settings } from '../settings.ts';
import type { Scope } from '../store/scope.ts';
import type { Store } from '../store/store.ts';
import { contentPolicy, type Document, document, html } from './layout.ts';

export interface PageHost {
  store: Store;
  settings: Settings;
  nowMs: () => number;
  onCommit: () => void;
}

export interface Visit {
  scope: Scope;
  /** The last part of the address that names what is visited. */
  token: string;
  /** The subscription that the address names; empty if it names none. */
  subscription: string;
  form: Form;
}

export type PageAnswer = { page: Document; status?: number; leadsTo?: string | null } | { redirect: string };

/** The scope of somebody who clicks on a hosted page: no API request stands behind it. */
function scopeOf(host: PageHost): Scope {
  const businessMs = host.nowMs();
  const now = Math.floor(businessMs / 1000);
  return {
    store: host.store,
    settings: host.settings,
    now,
    clock: null,
    businessMs,
    request: { id: null, idempotencyKey: null },
  };
}

function reply(to: FastifyReply, answer: PageAnswer): FastifyReply {
  if ('redirect' in answer) return to.redirect(answer.redirect, 303);
  return to
    .code(answer.status ?? 200)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentPolicy(answer.leadsTo),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(document(answer.page));
}

export function notFound(): PageAnswer {
  const body = html`<section><h1>Nothing here</h1><p>This page does not exist, or its link has expired. Ask for a new one.</p></section>`;
  return { status: 404, page: { title: 'Not found', body } };
}

/** Registers a page, or the target of a form. */
export function servePage(
  server: FastifyInstance,
  host: PageHost,
  method: 'GET' | 'POST',
  url: string,
  answer: (visit: Visit) => PageAnswer,
): void {
  server.route({
    method,
    url,
    handler(request, to) {
      const { token, subscription = '' } = request.params as { token: string; subscription?: string };
      const form = parseForm(typeof request.body === 'string' ? request.body : (request.url.split('?')[1] ?? ''));
      const given = answer({ scope: scopeOf(host), token, subscription, form });
      if (method === 'POST') host.onCommit();
      return reply(to, given);
    },
  });
}

/**
 * Runs what a form asks for in one transaction. A refusal comes back as its message; `keepRefusals` says whether what
 * led to it stays on record, as after a declined charge.
 */
export function attempt(scope: Scope, keepRefusals: boolean, work: () => void): string | null {
  try {
    return scope.store.transaction(() => {
      try {
        work();
        return null;
      } catch (error) {
        if (error instanceof StripeFault && error.commit && keepRefusals) return error.message;
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof StripeFault) return error.message;
    throw error;
  }
}
