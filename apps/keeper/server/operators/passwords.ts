import { AppError } from '@tillkeeper/platform/errors';
import { hashPassword } from 'better-auth/crypto';

/** In characters. */
export const passwordLength = { min: 12, max: 128 };

/** The hash under which a new password is kept. Throws `invalid_input` for one that is too short or too long. */
export async function hashNewPassword(password: string): Promise<string> {
  const { min, max } = passwordLength;
  if (password.length < min || password.length > max) {
    throw new AppError('invalid_input', `the password needs ${min} to ${max} characters`, { field: 'password' });
  }
  return hashPassword(password);
}
