import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createLogger, type Logger } from '@tillkeeper/platform/log';
import pg from 'pg';
import { createSandboxClock, type SandboxClock } from './clock/sandboxClock.ts';
import { startControl } from './control/control.ts';
import { type Inbox, startInbox } from './mail/inbox.ts';
import type { Cluster } from './postgres/cluster.ts';
import { provisionKeeper, provisionTill } from './postgres/provision.ts';
import { createSaboteurs } from './saboteurs/saboteurs.ts';
import { type StripeStandIn, startStripe } from './stripe/startStripe.ts';
import { type Addresses, addressesOf } from './supervisor/addresses.ts';
import { buildWeb, prepareWeb } from './supervisor/buildWeb.ts';
import {
  type EnvironmentParts,
  environmentFile,
  keeperEnvironment,
  publicUrl,
  tillEnvironment,
} from './supervisor/environment.ts';
import { explainStart } from './supervisor/explainStart.ts';
import { type ManagedProcess, startManaged } from './supervisor/managedProcess.ts';
import { createToken, ensureOperator } from './supervisor/operators.ts';
import { type People, startPeople } from './supervisor/people.ts';
import { checkPorts, type Ports, portsFrom } from './supervisor/ports.ts';
import { runCluster } from './supervisor/runningCluster.ts';
import {
  loadSecrets,
  openStateFolder,
  type Secrets,
  type StateFolder,
  saveSecrets,
  writeJson,
} from './supervisor/stateFolder.ts';
import { createTeardown, type Teardown } from './supervisor/teardown.ts';
import { ensureWebhookEndpoint } from './supervisor/webhookEndpoint.ts';

export interface SandboxOptions {
  /** Everything that is kept between starts; made if missing. */
  readonly stateFolder: string;
  /** The first of nine ports; 0 takes free ones, wherever they are. */
  readonly basePort: number;
  /** Forgets what earlier starts left. */
  readonly fresh?: boolean;
  /** Without the demonstration shops. */
  readonly empty?: boolean;
  /** The demonstration shops sell; true unless told. */
  readonly shops?: boolean;
  /** Simulated owners act on the mails that they get; true unless told. */
  readonly owners?: boolean;
  /** Builds the consoles if their sources changed; true unless told. */
  readonly web?: boolean;
  /** Time between the two runs of a proof; PT4S unless told. */
  readonly proofSpacing?: string;
  /** Gets one line at a time, for people; nobody unless told. */
  readonly say?: (line: string) => void;
  /** Aborted during the start, it undoes what was begun. */
  readonly signal?: AbortSignal;
}

export interface Sandbox {
  readonly addresses: Addresses;
  /** Where `addresses` are written for scripts; the file is there while the sandbox runs. */
  readonly addressFile: string;
  readonly keeper: ManagedProcess;
  readonly worker: ManagedProcess;
  readonly till: ManagedProcess;
  readonly clock: SandboxClock;
  readonly stripe: StripeStandIn;
  readonly inbox: Inbox;
  readonly people: People;
  /** Both databases as the administrator. */
  readonly tillAdmin: pg.Pool;
  readonly keeperAdmin: pg.Pool;
  /** Stops everything in order, within 5 s. What was committed or accepted is there at the next start. */
  stop(): Promise<void>;
}

/** In this order things are undone: first whatever causes work, then whoever does it, then what they stand on. */
const stage = { people: 1, servers: 2, standIns: 3, pools: 4, clusters: 5, folder: 6 } as const;

const server = (app: string, file: string): string =>
  fileURLToPath(new URL(`../${app}/server/${file}`, import.meta.url));

/**
 * Starts the sandbox: two database clusters, the stand-ins for Stripe, mail and time, the consoles' files, Keeper's server and worker, and Till's
 * server. Resolves when all of them are ready; the demonstration shops follow behind. Throws `StartProblem` with one line for what the caller
 * can mend; nothing runs any more then.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const signal = options.signal ?? new AbortController().signal;
  const say = options.say ?? (() => undefined);
  signal.throwIfAborted();
  const state = await openStateFolder(options.stateFolder, { fresh: options.fresh ?? false });
  let log: Logger | undefined;
  const teardown = createTeardown((name, error) => log?.warn({ err: error, name }, 'stopping failed'));
  teardown.add(stage.folder, 'state folder', () => state.release());
  try {
    const ports = await portsFrom(options.basePort);
    // What a killed supervisor started needs a moment to notice.
    await checkPorts(ports, state.wasAbandoned ? 5_000 : 0);
    const secrets = loadSecrets(state);
    log = openLog(state, teardown);
    signal.throwIfAborted();
    say('Starting …');
    return await start({ options, state, secrets, ports, teardown, log, say, signal });
  } catch (error) {
    if (!signal.aborted) log?.error({ err: error }, 'the sandbox could not be started');
    await teardown.run();
    throw signal.aborted ? signal.reason : explainStart(error, state.path);
  }
}

interface Start {
  readonly options: SandboxOptions;
  readonly state: StateFolder;
  readonly secrets: Secrets;
  readonly ports: Ports;
  readonly teardown: Teardown;
  readonly log: Logger;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

async function start(begun: Start): Promise<Sandbox> {
  const { options, state, ports, secrets, teardown, log, signal } = begun;
  rmSync(state.file('sandbox.json'), { force: true });
  const web = options.web ?? true;
  for (const app of ['keeper', 'till'] as const) prepareWeb(app);
  const building = web ? Promise.all([buildWeb('keeper', signal), buildWeb('till', signal)]) : Promise.resolve();
  const rest = startOnDatabases(begun);
  // A failure of one must not leave the other at work behind the caller's back.
  await Promise.allSettled([building, rest]);
  await building;
  const parts = await rest;
  signal.throwIfAborted();

  const addresses = addressesOf(parts.environment, { token: parts.token, empty: options.empty ?? false });
  const addressFile = state.file('sandbox.json');
  parts.stripe.resume();
  teardown.add(stage.people, 'webhooks', () => parts.stripe.pause());
  const people = startPeople({
    ...parts,
    addresses,
    log,
    say: begun.say,
    demonstration: !(options.empty ?? false),
    selling: options.shops ?? true,
    acting: options.owners ?? true,
  });
  teardown.add(stage.people, 'people', () => people.stop(), 1_000);
  const saboteurs = createSaboteurs({
    ...parts,
    log,
    ...(people.owners === undefined ? {} : { owners: people.owners }),
  });
  teardown.add(stage.people, 'saboteurs', () => saboteurs.heal());
  const control = await startControl({
    ...parts,
    saboteurs: {
      ...saboteurs,
      // Asked a moment after the start: it is to hit one of the demonstration shops, not one made up for want of any.
      inject: (playbook, how) => people.present.then(() => saboteurs.inject(playbook, how)),
    },
    log,
    port: ports.sandbox,
    consoleOrigin: addresses.keeper.url,
  });
  teardown.add(stage.people, 'control', () => control.close(), 1_000);

  state.markComplete();
  writeFileSync(state.file('keeper.env'), environmentFile(keeperEnvironment(parts.environment)), { mode: 0o600 });
  writeJson(addressFile, addresses);
  teardown.add(stage.people, 'addresses', () => rmSync(addressFile, { force: true }));
  log.info({ ports: { ...ports }, secrets: Object.keys(secrets).length }, 'the sandbox runs');
  const { keeper, worker, till, clock, stripe, inbox, tillAdmin, keeperAdmin } = parts;
  return {
    addresses,
    addressFile,
    keeper,
    worker,
    till,
    clock,
    stripe,
    inbox,
    people,
    tillAdmin,
    keeperAdmin,
    stop: () => teardown.run(),
  };
}

interface Parts {
  readonly environment: EnvironmentParts;
  readonly token: string;
  readonly keeper: ManagedProcess;
  readonly worker: ManagedProcess;
  readonly till: ManagedProcess;
  readonly clock: SandboxClock;
  readonly stripe: StripeStandIn;
  readonly inbox: Inbox;
  readonly tillAdmin: pg.Pool;
  readonly keeperAdmin: pg.Pool;
}

async function startOnDatabases(begun: Start): Promise<Parts> {
  const { options, state, secrets, ports, teardown, log, signal } = begun;
  const clusters = await together({
    till: startTillCluster(begun),
    keeper: startKeeperCluster(begun),
  });
  signal.throwIfAborted();
  const tillAdmin = openPool(clusters.till.adminUrl('till'), teardown);
  const keeperAdmin = openPool(clusters.keeper.adminUrl('keeper'), teardown);
  const clock = await createSandboxClock({ tillAdmin, keeperAdmin, log });

  const stripe = await startStripe({
    file: state.file('stripe.sqlite'),
    port: ports.stripe,
    secretKey: secrets.stripeSecretKey,
    clock,
    publicUrl: publicUrl(ports.stripe),
    log,
    // Webhooks wait until somebody is there to take them.
    paused: true,
  });
  teardown.add(stage.standIns, 'stripe', () => stripe.close());
  clock.attach({
    name: 'stripe',
    nextDueAt: () => stripe.nextDueAt(),
    runDue: () => stripe.runDue(),
    quiet: () => stripe.quiet(),
  });
  const inbox = await startInbox({
    file: state.file('mail.sqlite'),
    host: '127.0.0.1',
    smtpPort: ports.smtp,
    webPort: ports.mail,
    log,
    now: () => clock.now(),
  });
  teardown.add(stage.standIns, 'inbox', () => inbox.close());
  const webhookSecret = await ensureWebhookEndpoint(stripe, `http://127.0.0.1:${ports.keeper}/webhooks/stripe`);
  signal.throwIfAborted();

  const environment: EnvironmentParts = {
    ports,
    secrets,
    ...clusters,
    webhookSecret,
    compileCache: state.file('compile-cache'),
    proofSpacing: options.proofSpacing ?? 'PT4S',
  };
  const servers = await startServers(begun, environment, keeperAdmin);
  return { environment, clock, stripe, inbox, tillAdmin, keeperAdmin, ...servers };
}

async function startServers(
  begun: Start,
  environment: EnvironmentParts,
  keeperAdmin: pg.Pool,
): Promise<Pick<Parts, 'keeper' | 'worker' | 'till' | 'token'>> {
  const { state, secrets, ports, teardown, say, signal } = begun;
  const forKeeper = keeperEnvironment(environment);

  async function run(
    name: string,
    module: string,
    variables: Readonly<Record<string, string>>,
    port?: number,
  ): Promise<ManagedProcess> {
    const managed = await startManaged({
      name,
      module,
      environment: variables,
      logFile: state.file(`logs/${name.replaceAll(' ', '-')}.log`),
      say,
      signal,
      ...(port === undefined ? {} : { readyUrl: `http://127.0.0.1:${port}/readyz` }),
    });
    teardown.add(stage.servers, name, () => managed.stop());
    return managed;
  }

  return together({
    keeper: run('keeper', server('keeper', 'http.ts'), forKeeper, ports.keeper),
    worker: run('keeper worker', server('keeper', 'worker.ts'), forKeeper),
    till: run('till', server('till', 'http.ts'), tillEnvironment(environment), ports.till),
    token: signUp(),
  });

  async function signUp(): Promise<string> {
    await ensureOperator(keeperAdmin, forKeeper, secrets.operatorPassword, signal);
    if (secrets.token !== null) return secrets.token;
    const token = await createToken(forKeeper, signal);
    saveSecrets(state, { ...secrets, token });
    return token;
  }
}

async function startTillCluster({ state, secrets, ports, teardown, say, signal }: Start): Promise<Cluster> {
  const running = await runCluster({
    name: 'till',
    folder: state.clusterFolder('till'),
    within: state.path,
    port: ports.tillDatabase,
    superuserPassword: secrets.superuser.till,
    settings: { shared_preload_libraries: 'pg_stat_statements' },
    say,
    signal,
  });
  teardown.add(stage.clusters, 'till database', () => running.stop());
  signal.throwIfAborted();
  const { till_owner, till_app, till_identity, keeper_ops } = secrets.roles;
  await provisionTill(running.cluster, { till_owner, till_app, till_identity, keeper_ops });
  return running.cluster;
}

async function startKeeperCluster({ state, secrets, ports, teardown, say, signal }: Start): Promise<Cluster> {
  const running = await runCluster({
    name: 'keeper',
    folder: state.clusterFolder('keeper'),
    within: state.path,
    port: ports.keeperDatabase,
    superuserPassword: secrets.superuser.keeper,
    say,
    signal,
  });
  teardown.add(stage.clusters, 'keeper database', () => running.stop());
  signal.throwIfAborted();
  const { keeper_owner, keeper_app } = secrets.roles;
  await provisionKeeper(running.cluster, { keeper_owner, keeper_app });
  return running.cluster;
}

function openPool(url: string, teardown: Teardown): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'sandbox' });
  pool.on('error', () => undefined);
  teardown.add(stage.pools, 'pool', () => pool.end(), 1_000);
  return pool;
}

function openLog(state: StateFolder, teardown: Teardown): Logger {
  mkdirSync(state.file('logs'), { recursive: true });
  const stream = createWriteStream(state.file('logs/sandbox.log'), { flags: 'a', mode: 0o600 });
  teardown.add(stage.folder, 'log', () => new Promise((resolve) => stream.end(resolve)));
  return createLogger({ name: 'sandbox', level: 'info', destination: stream });
}

/** All at once; if one fails, the others are waited for before it is told, so that nothing begins after the end. */
async function together<T extends Record<string, Promise<unknown>>>(
  work: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(Object.values(work));
  const done = await Promise.all(Object.entries(work).map(async ([name, promise]) => [name, await promise]));
  return Object.fromEntries(done);
}
