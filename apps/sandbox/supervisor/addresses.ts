import { demonstrationShops } from '../seed/demonstrationShops.ts';
import { demonstrationPassword } from '../seed/passwords.ts';
import { addressOf } from '../seed/people.ts';
import type { EnvironmentParts } from './environment.ts';
import { publicUrl } from './environment.ts';

export interface Login {
  readonly email: string;
  readonly password: string;
}

/** The content of `sandbox.json`: scripts rely on these names; more may come. */
export interface Addresses {
  readonly keeper: { readonly url: string; readonly token: string; readonly login: Login };
  readonly till: { readonly url: string; readonly login?: Login };
  readonly stripe: { readonly url: string; readonly secretKey: string; readonly webhookSecret: string };
  readonly mail: { readonly url: string; readonly smtp: string };
  readonly sandbox: { readonly url: string };
  /** As the administrator `postgres`. */
  readonly databases: { readonly till: string; readonly keeper: string };
}

/** Not in `.example`, where the simulated owners read their mail. */
export const operator = { name: 'Nora Lind', email: 'nora.lind@tillkeeper.test' } as const;

/** The owner of the first shop that pays. */
function shopLogin(): Login | undefined {
  const shop = demonstrationShops.find(({ state }) => state === 'active');
  return shop === undefined ? undefined : { email: addressOf(shop.owner, shop.key), password: demonstrationPassword };
}

export function addressesOf(parts: EnvironmentParts, options: { token: string; empty: boolean }): Addresses {
  const { ports, secrets, till, keeper, webhookSecret } = parts;
  const login = options.empty ? undefined : shopLogin();
  return {
    keeper: {
      url: publicUrl(ports.keeper),
      token: options.token,
      login: { email: operator.email, password: secrets.operatorPassword },
    },
    till: { url: publicUrl(ports.till), ...(login === undefined ? {} : { login }) },
    stripe: { url: publicUrl(ports.stripe), secretKey: secrets.stripeSecretKey, webhookSecret },
    mail: { url: publicUrl(ports.mail), smtp: `smtp://localhost:${ports.smtp}` },
    sandbox: { url: publicUrl(ports.sandbox) },
    databases: { till: till.adminUrl('till'), keeper: keeper.adminUrl('keeper') },
  };
}

/** The one table that `npm start` prints. */
export function tableOf(addresses: Addresses, file: string): string {
  const login = (who: Login | undefined): string => (who === undefined ? '' : `${who.email}  ${who.password}`);
  const rows = [
    ['Keeper', addresses.keeper.url, login(addresses.keeper.login)],
    ['Till', addresses.till.url, login(addresses.till.login)],
    ['Mail', addresses.mail.url, addresses.mail.smtp],
    ['Stripe', addresses.stripe.url, addresses.stripe.secretKey],
    [
      'Sandbox control',
      addresses.sandbox.url,
      'POST /clock/advance {"by":"P7D"}   POST /sabotage/payment-processing-failure',
    ],
    ['Till database', addresses.databases.till, ''],
    ['Keeper database', addresses.databases.keeper, ''],
    ['Token for scripts', addresses.keeper.token, ''],
  ] as const;
  const short = rows.filter(([, , third]) => third !== '');
  const second = Math.max(...short.map(([, address]) => address.length));
  const lines = rows.map(
    ([name, address, third]) => `  ${name.padEnd(18)}${third === '' ? address : `${address.padEnd(second)}  ${third}`}`,
  );
  return ['', ...lines, '', `  All of it, for scripts: ${file}. Ctrl-C stops everything.`, ''].join('\n');
}
