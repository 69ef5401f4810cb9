import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { operator } from './addresses.ts';
import { lastWords } from './lastWords.ts';
import { StartProblem } from './problem.ts';

const command = fileURLToPath(new URL('../../keeper/server/cli.ts', import.meta.url));

/** Makes the account that a person signs in to the console with, through Keeper's own command; nothing if it is there. */
export async function ensureOperator(
  keeperAdmin: pg.Pool,
  environment: Readonly<Record<string, string>>,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const { rowCount } = await keeperAdmin.query('select from identity."user" where email = $1::text', [operator.email]);
  if (rowCount !== 0) return;
  await runKeeper(
    ['operator', 'create', operator.email, operator.name],
    { ...environment, OPERATOR_PASSWORD: password },
    signal,
  );
}

/** Makes a bearer token for scripts. Keeper keeps only its digest, so whoever calls keeps the token. */
export async function createToken(environment: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const { token } = JSON.parse(await runKeeper(['token', 'create', 'sandbox', '--json'], environment, signal)) as {
    token: string;
  };
  return token;
}

function runKeeper(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
    execFile(process.execPath, [command, ...args], { env, signal }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new StartProblem(lastWords(stderr) || error.message));
    });
  });
}
