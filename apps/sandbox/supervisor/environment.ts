import type { Cluster } from '../postgres/cluster.ts';
import { webRootOf } from './buildWeb.ts';
import type { Ports } from './ports.ts';
import type { Secrets } from './stateFolder.ts';

/** As people and browsers write it. */
export function publicUrl(port: number): string {
  return `http://localhost:${port}`;
}

export interface EnvironmentParts {
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly till: Cluster;
  readonly keeper: Cluster;
  readonly webhookSecret: string;
  readonly compileCache: string;
  /** Time between the two runs of a proof, ISO 8601. */
  readonly proofSpacing: string;
}

type Environment = Readonly<Record<string, string>>;

/** What an operator of a production system would set, with the stand-ins' addresses. */
export function keeperEnvironment(parts: EnvironmentParts): Environment {
  const { ports, secrets, till, keeper, webhookSecret, proofSpacing } = parts;
  return {
    KEEPER_ENVIRONMENT: 'sandbox',
    KEEPER_HOST: '127.0.0.1',
    KEEPER_PORT: String(ports.keeper),
    KEEPER_PUBLIC_URL: publicUrl(ports.keeper),
    KEEPER_DATABASE_URL: keeper.url('keeper_app', secrets.roles.keeper_app, 'keeper'),
    TILL_DATABASE_URL: till.url('keeper_ops', secrets.roles.keeper_ops, 'till'),
    TILL_PUBLIC_URL: publicUrl(ports.till),
    STRIPE_SECRET_KEY: secrets.stripeSecretKey,
    STRIPE_WEBHOOK_SECRETS: webhookSecret,
    STRIPE_API_BASE: `http://127.0.0.1:${ports.stripe}`,
    STRIPE_LIVEMODE: 'false',
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    MAIL_FROM: 'Till <billing@till.example>',
    MAIL_REPLY_DOMAIN: 'reply.till.example',
    KEEPER_AUTH_SECRET: secrets.keeperAuthSecret,
    KEEPER_PROOF_SPACING: proofSpacing,
    KEEPER_WEB_ROOT: webRootOf('keeper'),
    KEEPER_SANDBOX_URL: publicUrl(ports.sandbox),
    NODE_COMPILE_CACHE: parts.compileCache,
  };
}

export function tillEnvironment(parts: EnvironmentParts): Environment {
  const { ports, secrets, till } = parts;
  return {
    TILL_ENVIRONMENT: 'sandbox',
    TILL_HOST: '127.0.0.1',
    TILL_PORT: String(ports.till),
    TILL_PUBLIC_URL: publicUrl(ports.till),
    TILL_DATABASE_URL: till.url('till_app', secrets.roles.till_app, 'till'),
    TILL_IDENTITY_DATABASE_URL: till.url('till_identity', secrets.roles.till_identity, 'till'),
    TILL_AUTH_SECRET: secrets.tillAuthSecret,
    TILL_WEB_ROOT: webRootOf('till'),
    NODE_COMPILE_CACHE: parts.compileCache,
  };
}

/** As `keeper --env FILE` reads it, so that its commands work on a running sandbox. */
export function environmentFile(environment: Environment): string {
  return `${Object.entries(environment)
    .map(([name, value]) => `${name}="${value}"`)
    .join('\n')}\n`;
}
