import { createHmac } from 'node:crypto';

/**
 * The `Stripe-Signature` header. Signed with the whole secret including its `whsec_`, over the real time: the receiver
 * compares it with its machine's clock, whatever the time of the business.
 */
export function signatureHeader(payload: string, secret: string, shiftSeconds = 0): string {
  const t = Math.floor(Temporal.Now.instant().epochMilliseconds / 1000) + shiftSeconds;
  const v1 = createHmac('sha256', secret).update(`${t}.${payload}`).digest('hex');
  return `t=${t},v1=${v1}`;
}
