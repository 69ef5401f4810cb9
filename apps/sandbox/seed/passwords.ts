import { hashPassword } from '@better-auth/utils/password';

/** Everybody in the demonstration shops signs in with it. */
export const demonstrationPassword = 'ring-up-sales';

let hash: Promise<string> | undefined;

/** Better-auth's own hash of the password, made once a process: scrypt takes about 50 ms, and there are 150 people. */
export function demonstrationPasswordHash(): Promise<string> {
  hash ??= hashPassword(demonstrationPassword);
  return hash;
}
