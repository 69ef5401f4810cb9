import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident, IncidentItem } from '../apps/keeper/server/incidents/shownIncident.ts';
import type { Mail, MailPage } from '../apps/sandbox/mail/mailStore.ts';
import { type CreatedShop, type CreateShopOptions, createShop } from '../apps/sandbox/seed/createShop.ts';
import { stripeClientOf } from '../apps/sandbox/seed/stripeClientOf.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../apps/sandbox/start.ts';
import { checkPorts, portsFrom } from '../apps/sandbox/supervisor/ports.ts';
import { until } from './until.ts';

type StripeClient = ReturnType<typeof stripeClientOf>;

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** A running sandbox and the ways in which outsiders use it: Keeper's API with the bearer token, the sandbox's control, the inbox. */
export interface Driver {
  readonly sandbox: Sandbox;
  /** The official client, as a shop's owner or another program would use Stripe. */
  readonly stripe: StripeClient;
  keeper<T>(path: string, body?: object): Promise<Answer<T>>;
  control<T>(path: string, body?: object): Promise<Answer<T>>;
  /** Newest first. */
  mailsTo(address: string): Promise<Mail[]>;
  /** Every incident that names the organization, newest first; open or not. */
  incidentsOf(organizationId: string): Promise<IncidentItem[]>;
  incident(reference: string | number): Promise<Incident>;
  /** A shop that pays, of which Keeper has heard everything. */
  shop(options?: Omit<CreateShopOptions, 'till' | 'stripe'>): Promise<CreatedShop>;
  /** Waits for an incident to be resolved and documented. */
  documented(incidentId: string): Promise<Incident>;
  /** Stops the sandbox in order and starts it again on the same state and addresses. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** How long something may take on a machine that is busy with others. */
export const patience = { withinMs: 60_000, everyMs: 100 } as const;

export async function openSandbox(
  options: Omit<SandboxOptions, 'stateFolder' | 'basePort'> = { empty: true, web: false },
): Promise<Driver> {
  const folder = await mkdtemp(join(tmpdir(), 'tillkeeper-e2e-'));
  const basePort = await freeBase();
  const start = (): Promise<Sandbox> =>
    startSandbox({ proofSpacing: 'PT0.5S', ...options, stateFolder: join(folder, 'state'), basePort });
  let sandbox = await start();
  let stripe = stripeClientOf(sandbox.stripe);

  async function call<T>(url: string, body: object | undefined, token?: string): Promise<Answer<T>> {
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  async function read<T>(path: string): Promise<T> {
    const { status, body } = await driver.keeper<T>(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  const driver: Driver = {
    get sandbox() {
      return sandbox;
    },
    get stripe() {
      return stripe;
    },
    keeper: (path, body) => call(`${sandbox.addresses.keeper.url}/api/v1${path}`, body, sandbox.addresses.keeper.token),
    control: (path, body) => call(`${sandbox.addresses.sandbox.url}${path}`, body),
    async mailsTo(address) {
      const { body } = await call<MailPage>(
        `${sandbox.addresses.sandbox.url}/mail?to=${encodeURIComponent(address)}`,
        undefined,
      );
      return body.items;
    },
    incident: (reference) => read<Incident>(`/incidents/${reference}`),
    async incidentsOf(organizationId) {
      const { items } = await read<{ items: IncidentItem[] }>(`/incidents?state=all&organizationId=${organizationId}`);
      return items;
    },
    async shop(made = {}) {
      const shop = await createShop({ till: sandbox.tillAdmin, stripe, ...made });
      await until('Keeper has heard of the shop', () => isQuiet(sandbox), patience);
      return shop;
    },
    async documented(incidentId) {
      let incident = await driver.incident(incidentId);
      await until(
        'the incident is documented',
        async () => {
          incident = await driver.incident(incidentId);
          return incident.run?.state === 'done';
        },
        { ...patience, state: () => driver.incident(incidentId) },
      );
      return incident;
    },
    async restart() {
      await sandbox.stop();
      sandbox = await start();
      stripe = stripeClientOf(sandbox.stripe);
    },
    async close() {
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return driver;
}

/** Stripe has nothing to tell and Keeper nothing to work off. */
async function isQuiet({ stripe, keeperAdmin, tillAdmin }: Sandbox): Promise<boolean> {
  if (!stripe.quiet()) return false;
  const waiting = await keeperAdmin.query('select 1 from ops.unsettled where waiting > 0');
  const effects = await tillAdmin.query('select 1 from ops.effects where relayed_at is null limit 1');
  return waiting.rowCount === 0 && effects.rowCount === 0;
}

/** The first of nine ports that nobody uses: a sandbox that is started again is found where it was. */
async function freeBase(): Promise<number> {
  for (;;) {
    const base = randomInt(20_000, 32_000);
    try {
      await checkPorts(await portsFrom(base), 0);
      return base;
    } catch {
      // Somebody listens on one of them.
    }
  }
}
