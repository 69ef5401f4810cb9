import type { Secret } from '@tillkeeper/platform/secret';
import Stripe from 'stripe';

/** What the ledger keeps of an event beside its bytes. */
export interface DeliveryFacts {
  readonly eventId: string;
  readonly type: string;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean;
  /** A connected account's event, which is not about our own customers. */
  readonly account: string | undefined;
  /** Seconds since 1970, as Stripe gives it: several events share one second. */
  readonly created: number;
  readonly objectId: string | undefined;
  readonly customerId: string | undefined;
  readonly subscriptionId: string | undefined;
}

export type RejectionCode =
  | 'missing_signature'
  | 'wrong_signature'
  | 'stale_signature'
  | 'future_signature'
  | 'malformed';

/** What an unverified body says about itself: for people to read, never to act on. */
export interface Claim {
  readonly eventId: string | undefined;
  readonly type: string | undefined;
  readonly customerId: string | undefined;
}

export type Verdict =
  | { readonly ok: true; readonly facts: DeliveryFacts }
  | { readonly ok: false; readonly code: RejectionCode };

/** The client checks the old side only: a signature dated a day ahead passes it, so the future side is ours. Seconds, both ways. */
const toleranceSeconds = 300;

/**
 * Verifies the bytes of a delivery with the official client against each secret (two while one is rolled) and reads its envelope.
 * `machineMs` is real time in milliseconds: the age of a signature has nothing to do with business time.
 */
export function verifyDelivery(
  raw: Buffer,
  signature: string | undefined,
  secrets: readonly Secret[],
  machineMs: number,
): Verdict {
  if (signature === undefined || signature === '') return { ok: false, code: 'missing_signature' };
  for (const secret of secrets) {
    let event: unknown;
    try {
      event = Stripe.webhooks.constructEvent(raw, signature, secret.reveal(), toleranceSeconds, undefined, machineMs);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) continue;
      // Signed by Stripe, but no snapshot event: a thin event, which the client refuses to build, or no JSON at all.
      event = parsed(raw);
    }
    if (signedAt(signature) > machineMs / 1_000 + toleranceSeconds) return { ok: false, code: 'future_signature' };
    const facts = readFacts(event);
    return facts === undefined ? { ok: false, code: 'malformed' } : { ok: true, facts };
  }
  return { ok: false, code: isStale(raw, signature, secrets, machineMs) ? 'stale_signature' : 'wrong_signature' };
}

/** Whether the only thing wrong is the age: a replay or a clock that is off, not a wrong secret. */
function isStale(raw: Buffer, signature: string, secrets: readonly Secret[], machineMs: number): boolean {
  if (signedAt(signature) >= machineMs / 1_000 - toleranceSeconds) return false;
  return secrets.some((secret) => {
    try {
      Stripe.webhooks.constructEvent(raw, signature, secret.reveal(), 0, undefined, machineMs);
      return true;
    } catch (error) {
      return !(error instanceof Stripe.errors.StripeSignatureVerificationError);
    }
  });
}

/** The timestamp that the client checks: the last `t` of the header. */
function signedAt(signature: string): number {
  const last = signature.split(',').findLast((part) => part.startsWith('t='));
  return Number.parseInt(last?.slice(2) ?? '', 10);
}

/** Reads what a refused body claims, if it is JSON at all. */
export function readClaim(raw: Buffer): Claim {
  const event = parsed(raw);
  const { customerId } = subjectOf(event);
  return { eventId: short(field(event, 'id')), type: short(field(event, 'type')), customerId };
}

/** The envelope of a verified event, also of one that the events API returned; undefined if it is no event. */
export function readFacts(event: unknown): DeliveryFacts | undefined {
  const eventId = short(field(event, 'id'));
  const type = short(field(event, 'type'));
  const livemode = field(event, 'livemode');
  const created = secondsOf(field(event, 'created'));
  if (eventId === undefined || type === undefined || typeof livemode !== 'boolean' || created === undefined)
    return undefined;
  return {
    eventId,
    type,
    livemode,
    created,
    apiVersion: short(field(event, 'api_version')),
    account: short(field(event, 'account')),
    ...subjectOf(event),
  };
}

function subjectOf(event: unknown): Pick<DeliveryFacts, 'objectId' | 'customerId' | 'subscriptionId'> {
  const data = field(event, 'data');
  const object = field(data, 'object');
  const objectId = idOf(object);
  const kind = field(object, 'object');
  const customerId =
    kind === 'customer'
      ? objectId
      : // A detached payment method no longer names its customer, only the attribute that it lost.
        (idOf(field(object, 'customer')) ?? idOf(field(field(data, 'previous_attributes'), 'customer')));
  const subscriptionId =
    kind === 'subscription'
      ? objectId
      : (idOf(field(field(field(object, 'parent'), 'subscription_details'), 'subscription')) ??
        idOf(field(object, 'subscription')));
  return { objectId, customerId, subscriptionId };
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function idOf(value: unknown): string | undefined {
  return short(typeof value === 'string' ? value : field(value, 'id'));
}

/** Text that a column can hold: Postgres has no NUL, and no id of Stripe is longer than 255 characters. */
function short(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 255 && !value.includes('\0') ? value : undefined;
}

/** Snapshot events carry seconds, thin events an ISO instant. */
function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? isoSeconds(value) : value;
  return typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0 && seconds < 253_402_300_800
    ? seconds
    : undefined;
}

function isoSeconds(value: string): number | undefined {
  try {
    return Math.floor(Temporal.Instant.from(value).epochMilliseconds / 1_000);
  } catch {
    return undefined;
  }
}
