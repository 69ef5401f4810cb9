import { reconcile } from '../billing/reconcile.ts';
import { readEngine } from '../engine/readEngine.ts';
import { listIncidents, readIncident } from '../incidents/queries.ts';
import { createApiToken } from '../operators/createApiToken.ts';
import { createOperator } from '../operators/createOperator.ts';
import { listApiTokens } from '../operators/listApiTokens.ts';
import { removeOperator } from '../operators/removeOperator.ts';
import { revokeApiToken } from '../operators/revokeApiToken.ts';
import { setOperatorPassword } from '../operators/setOperatorPassword.ts';
import { listOrganizations } from '../organizations/listOrganizations.ts';
import { readOrganization } from '../organizations/readOrganization.ts';
import type { Command, Given, Operand } from './command.ts';
import { incidentText, listing, minute, table } from './print.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const organization: Operand = { name: 'ORGANIZATION', matches: uuid, expected: 'the id of an organization' };
const password = 'OPERATOR_PASSWORD';

const page = ({ limit, cursor }: Given) => ({ limit, ...(cursor === undefined ? {} : { cursor }) });

/** In the order of the help. */
export const commands: readonly Command[] = [
  {
    name: 'operator create',
    operands: [{ name: 'EMAIL' }, { name: 'NAME' }],
    summary: `makes an account; the password comes from ${password}`,
    variables: [password],
    async run(ctx, { operands: [email = '', name = ''], environment }) {
      const result = await createOperator(ctx, { email, name, password: environment[password] ?? '' });
      return { result, text: `operator ${result.operatorId} made` };
    },
  },
  {
    name: 'operator password',
    operands: [{ name: 'EMAIL' }],
    summary: `sets the password from ${password} and signs out everywhere`,
    variables: [password],
    async run(ctx, { operands: [email = ''], environment }) {
      const result = await setOperatorPassword(ctx, { email, password: environment[password] ?? '' });
      return { result, text: `password set, ${result.sessionsEnded} sessions ended` };
    },
  },
  {
    name: 'operator remove',
    operands: [{ name: 'EMAIL' }],
    summary: 'takes the account and its sessions away',
    async run(ctx, { operands: [email = ''] }) {
      const result = await removeOperator(ctx, { email });
      return { result, text: `operator ${result.operatorId} removed` };
    },
  },
  {
    name: 'token create',
    operands: [{ name: 'NAME' }],
    summary: 'makes a bearer token for scripts; it is shown once',
    async run(ctx, { operands: [name = ''] }) {
      const result = await createApiToken(ctx, { name });
      return { result, text: result.token };
    },
  },
  {
    name: 'token list',
    operands: [],
    summary: 'lists the tokens that were made, newest first',
    async run(ctx) {
      const result = await listApiTokens(ctx);
      const rows = result.items.map(({ id, name, lastUsedAt, revokedAt }) => [
        id,
        revokedAt === null ? 'in force' : `revoked ${minute(revokedAt)}`,
        lastUsedAt === null ? 'never used' : `used ${minute(lastUsedAt)}`,
        name,
      ]);
      return { result, text: listing(rows, null, 'there is no token') };
    },
  },
  {
    name: 'token revoke',
    operands: [{ name: 'TOKEN', matches: uuid, expected: 'the id of a token' }],
    summary: 'ends a token, named by its id',
    async run(ctx, { operands: [tokenId = ''] }) {
      const result = await revokeApiToken(ctx, { tokenId });
      return { result, text: `token ${result.name} revoked` };
    },
  },
  {
    name: 'incidents',
    operands: [
      { name: 'STATE', optional: true, matches: /^(?:open|resolved|all)$/, expected: 'open, resolved or all' },
    ],
    summary: 'lists incidents, newest first; the open ones unless told',
    paged: true,
    async run(ctx, given) {
      const state = given.operands[0] as 'open' | 'resolved' | 'all' | undefined;
      const result = await listIncidents(ctx, { state: state ?? 'open', ...page(given) });
      const rows = result.items.map((item) => [
        `#${item.number}`,
        item.severity,
        item.state,
        minute(item.openedAt),
        item.title,
      ]);
      return { result, text: listing(rows, result.nextCursor, 'no such incident') };
    },
  },
  {
    name: 'incident',
    operands: [{ name: 'NUMBER', matches: /^#?\d{1,15}$/, expected: 'the number of an incident' }],
    summary: 'one incident with its steps and its timeline',
    async run(ctx, { operands: [number = ''] }) {
      const result = await readIncident(ctx, number.replace('#', ''));
      return { result, text: incidentText(result) };
    },
  },
  {
    name: 'organizations',
    operands: [{ name: 'SEARCH', optional: true }],
    summary: 'lists organizations by name',
    paged: true,
    async run(ctx, given) {
      const [search] = given.operands;
      const result = await listOrganizations(ctx, { ...page(given), ...(search === undefined ? {} : { search }) });
      const rows = result.items.map((item) => [item.id, item.plan, item.status, item.access, item.name]);
      return { result, text: listing(rows, result.nextCursor, 'no such organization') };
    },
  },
  {
    name: 'organization',
    operands: [organization],
    summary: 'one organization: its state, and what Stripe and our rows say',
    async run(ctx, { operands: [id = ''] }) {
      const result = await readOrganization(ctx, id);
      const { name, plan, lifecycle, sources } = result;
      const fields = sources.fields.map((field) => [
        field.differs ? 'differs' : 'equal',
        field.label,
        `Stripe ${field.stripe ?? 'nothing'}`,
        `here ${field.organizationRow ?? field.subscriptionRow ?? 'nothing'}`,
      ]);
      const next = lifecycle.next.map(({ at, what }) => [at === null ? 'some time' : minute(at), what]);
      const text = [
        `${name}, ${plan}, ${lifecycle.state} since ${minute(lifecycle.since)}`,
        lifecycle.why,
        ...(next.length === 0 ? [] : [table(next)]),
        sources.error ?? (fields.length === 0 ? 'no customer at Stripe' : table(fields)),
      ].join('\n');
      return { result, text };
    },
  },
  {
    name: 'reconcile',
    operands: [{ ...organization, optional: true }],
    summary: 'compares with Stripe and refetches what differs',
    async run(ctx, { operands: [organizationId] }) {
      const result = await reconcile(ctx, organizationId === undefined ? {} : { organizationId });
      const { compared, drifted, refreshed, stopped } = result;
      const told = `${compared} compared, ${drifted.length} differed, ${refreshed} refetched`;
      return { result, text: stopped ? `${told}: so much differs that a person has to look first` : told };
    },
  },
  {
    name: 'engine',
    operands: [],
    summary: 'whether Keeper itself works',
    async run(ctx) {
      const result = await readEngine(ctx);
      const ago = (ageMs: number | null): string => (ageMs === null ? 'never' : `${ageMs} ms ago`);
      const rows = [
        ...result.lanes.map((lane) => [lane.name, lane.state, ago(lane.ageMs)]),
        ...result.detectors.map(({ name, ok, ageMs }) => [name, ok === false ? 'failed' : 'ok', ago(ageMs)]),
      ];
      return { result, text: table(rows) };
    },
  },
];
