import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import pg from 'pg';
import { AppError, type ErrorCode, type Problem, statusOf, toProblem } from './errors.ts';
import { fieldProblems } from './requestValidation.ts';

const problemType = 'application/problem+json; charset=utf-8';

/** The code for a status that another library chose. Those without a code of ours (405, 413, 415) are invalid input. */
export function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'unavailable';
  return status < 500 ? 'invalid_input' : 'internal';
}

function isFrameworkError(error: unknown): error is FastifyError & { statusCode: number } {
  // Other libraries' errors have a statusCode too (Stripe's 402): that is their answer to us, not ours to the caller.
  return error instanceof Error && 'code' in error && String(error.code).startsWith('FST_') && 'statusCode' in error;
}

/** The problem of any error that a request can end in, transport's refusals included. */
export function describeProblem(error: unknown, requestId: string): { status: number; body: Problem } {
  if (!isFrameworkError(error)) return toProblem(error, requestId);
  if (error.validation !== undefined) {
    const problems = fieldProblems(error.validationContext ?? 'request', error.validation);
    const detail = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
    return toProblem(new AppError('invalid_input', detail, { errors: problems }, { cause: error }), requestId);
  }
  const code = codeOfStatus(error.statusCode);
  const { body } = toProblem(new AppError(code, error.message, {}, { cause: error }), requestId);
  const status = statusOf(code) === error.statusCode || error.statusCode >= 500 ? body.status : error.statusCode;
  return { status, body: { ...body, status, title: titles[status] ?? body.title } };
}

const titles: Readonly<Record<number, string>> = {
  405: 'Method not allowed',
  413: 'The request is too large',
  414: 'The address is too long',
  415: 'This type of content is not taken',
};

/** Sends a problem, past any response schema of the route: those describe answers, not failures. */
export function sendProblem(reply: FastifyReply, { status, body }: { status: number; body: Problem }): FastifyReply {
  return reply.code(status).type(problemType).send(JSON.stringify(body));
}

/** Every failure leaves as `application/problem+json`: thrown errors, refusals of the framework, unknown addresses and wrong methods. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = describeProblem(error, request.id);
    note(error, problem.status, request);
    return sendProblem(reply, problem);
  });

  const methods = collectMethods(app);
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const allowed = methods(request.url);
    if (allowed.length === 0) return;
    reply.header('allow', allowed.join(', '));
    const { body } = toProblem(new AppError('invalid_input', `${request.method} is not possible here`), request.id);
    return sendProblem(reply, { status: 405, body: { ...body, status: 405, title: 'Method not allowed' } });
  });
  // Fastify's answer to an unknown address. A server that answers itself, with a page for example, never gets here.
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (!request.is404 || reply.statusCode !== 404) return payload;
    reply.type(problemType);
    return toProblem(new AppError('not_found', 'there is nothing at this address'), request.id).body;
  });
}

function note(error: unknown, status: number, request: FastifyRequest): void {
  const about = { err: error, method: request.method, route: request.routeOptions.url };
  if (status >= 500) request.log.error(about, 'request failed');
  // A caller's mistake, or a constraint or a grant of ours that no verb looked after.
  else if (error instanceof pg.DatabaseError) request.log.warn(about, 'the database refused a request');
}

/** Which methods the routes of an address take, to tell a wrong method from a wrong address. */
function collectMethods(app: FastifyInstance): (url: string) => string[] {
  const routes: { method: string; matches: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    // A page that answers everywhere must not turn every unknown address into a wrong method.
    if (url === '*' || url === '/*') return;
    const source = url
      .split('/')
      .map((segment) => {
        if (segment.startsWith(':')) return '[^/]+';
        return segment === '*' ? '.*' : RegExp.escape(segment);
      })
      .join('/');
    const matches = new RegExp(`^${source}$`);
    for (const each of Array.isArray(method) ? method : [method]) routes.push({ method: each, matches });
  });
  return (url) => {
    const path = url.split('?', 1)[0] ?? url;
    return [...new Set(routes.filter(({ matches }) => matches.test(path)).map(({ method }) => method))];
  };
}
