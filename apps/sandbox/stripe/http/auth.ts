import { timingSafeEqual } from 'node:crypto';
import { StripeFault } from './errors.ts';

function tokenOf(header: string | undefined): string | undefined {
  const [scheme, value] = header?.split(' ') ?? [];
  if (value === undefined) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  // The key may also come as the user name of basic authentication.
  if (scheme?.toLowerCase() === 'basic') return Buffer.from(value, 'base64').toString().split(':')[0];
  return undefined;
}

/** Lets only the holder of the secret key pass. */
export function authenticate(header: string | undefined, secretKey: string): void {
  const token = tokenOf(header);
  if (token === undefined || token === '') {
    throw new StripeFault(401, {
      type: 'invalid_request_error',
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    });
  }
  const [given, wanted] = [Buffer.from(token), Buffer.from(secretKey)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    const shown = `${token.slice(0, 8)}${'*'.repeat(Math.max(0, Math.min(token.length, 24) - 12))}${token.length > 12 ? token.slice(-4) : ''}`;
    throw new StripeFault(401, { type: 'invalid_request_error', message: `Invalid API Key provided: ${shown}` });
  }
}
