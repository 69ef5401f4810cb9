/** What a call to the API is known by when a fault is chosen for it. */
export interface ApiCall {
  method: string;
  path: string;
}

export interface WebhookFacts {
  id: string;
  type: string;
}

export interface Limits<T> {
  match?: (subject: T) => boolean;
  /** How often it strikes; until it is cleared if left out. */
  times?: number;
}

export interface ApiFault extends Limits<ApiCall> {
  status: 409 | 429 | 500;
  /** After the commit the work is done although the answer says otherwise. Only a 500 can come after it. */
  when?: 'before_commit' | 'after_commit';
}

/** What is done to a webhook on its way. Several rules may apply to one. */
export interface WebhookTampering {
  /** Further copies sent right after the first. */
  copies?: number;
  /** Never sent, and given up at once. */
  drop?: boolean;
  /** Real milliseconds before it is sent. */
  delayMs?: number;
  /** Business seconds by which its first attempt is put off. */
  delaySeconds?: number;
  unsigned?: boolean;
  /** Signed with this instead of the endpoint's secret. */
  secret?: string;
  /** Added to the signature's time: negative is stale, positive comes from the future. */
  timestampShiftSeconds?: number;
  apiVersion?: string;
  livemode?: boolean;
}

/** Ends a disturbance. */
export type Clear = () => void;

export interface Chaos {
  apiFault(fault: ApiFault): Clear;
  /** Answers that many real milliseconds late; the work is done at once. */
  slowAnswers(ms: number, limits?: Limits<ApiCall>): Clear;
  /** Does the work, then cuts the connection instead of answering. */
  cutConnections(limits?: Limits<ApiCall>): Clear;
  /** Refuses with 429 whatever exceeds these rates, calls per real second. */
  throttle(rates: { reads: number; writes: number }): Clear;
  webhooks: {
    duplicate(copies: number, limits?: Limits<WebhookFacts>): Clear;
    /** The newest waiting webhook goes first, one at a time. */
    reorder(): Clear;
    delay(by: { ms: number } | { businessSeconds: number }, limits?: Limits<WebhookFacts>): Clear;
    drop(limits?: Limits<WebhookFacts>): Clear;
    unsigned(limits?: Limits<WebhookFacts>): Clear;
    wrongSecret(secret: string, limits?: Limits<WebhookFacts>): Clear;
    shiftTimestamp(seconds: number, limits?: Limits<WebhookFacts>): Clear;
    apiVersion(version: string, limits?: Limits<WebhookFacts>): Clear;
    livemode(livemode: boolean, limits?: Limits<WebhookFacts>): Clear;
    /** Sends a logged event once more, to every endpoint it went to; answers their statuses (0: no answer). */
    replay(event: string, tampering?: WebhookTampering): Promise<number[]>;
  };
  clear(): void;
}

interface Rule<T, E> {
  effect: E;
  limits: Limits<T>;
  left: number;
}

/** Disturbances in force, in the order in which they were set. */
export class Rules<T, E> {
  #rules: Rule<T, E>[] = [];

  add(effect: E, limits: Limits<T> = {}): Clear {
    const rule = { effect, limits, left: limits.times ?? Number.POSITIVE_INFINITY };
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((each) => each !== rule);
    };
  }

  /** The effects that strike this one; each is used up by one. */
  strike(subject: T): E[] {
    const struck = this.#rules.filter((rule) => rule.left > 0 && (rule.limits.match?.(subject) ?? true));
    for (const rule of struck) rule.left -= 1;
    this.#rules = this.#rules.filter((rule) => rule.left > 0);
    return struck.map((rule) => rule.effect);
  }

  clear(): void {
    this.#rules = [];
  }
}

export interface ApiDisturbance {
  fault?: { status: number; when: 'before_commit' | 'after_commit' };
  slowMs?: number;
  cut?: boolean;
}

/** The rules behind the knobs, as the server and the deliverer consult them. */
export interface ChaosRules {
  api: Rules<ApiCall, ApiDisturbance>;
  webhooks: Rules<WebhookFacts, WebhookTampering>;
  rates: { reads: number; writes: number } | null;
  newestFirst: boolean;
}

export function newChaosRules(): ChaosRules {
  return { api: new Rules(), webhooks: new Rules(), rates: null, newestFirst: false };
}

export function chaosOf(rules: ChaosRules, replay: Chaos['webhooks']['replay']): Chaos {
  const tamper = (effect: WebhookTampering, limits?: Limits<WebhookFacts>): Clear => rules.webhooks.add(effect, limits);
  return {
    apiFault({ status, when = 'before_commit', ...limits }) {
      if (when === 'after_commit' && status !== 500) throw new Error(`A ${status} always comes before the commit.`);
      return rules.api.add({ fault: { status, when } }, limits);
    },
    slowAnswers: (ms, limits) => rules.api.add({ slowMs: ms }, limits),
    cutConnections: (limits) => rules.api.add({ cut: true }, limits),
    throttle(rates) {
      rules.rates = rates;
      return () => {
        rules.rates = null;
      };
    },
    webhooks: {
      duplicate: (copies, limits) => tamper({ copies }, limits),
      reorder() {
        rules.newestFirst = true;
        return () => {
          rules.newestFirst = false;
        };
      },
      delay: (by, limits) => tamper('ms' in by ? { delayMs: by.ms } : { delaySeconds: by.businessSeconds }, limits),
      drop: (limits) => tamper({ drop: true }, limits),
      unsigned: (limits) => tamper({ unsigned: true }, limits),
      wrongSecret: (secret, limits) => tamper({ secret }, limits),
      shiftTimestamp: (seconds, limits) => tamper({ timestampShiftSeconds: seconds }, limits),
      apiVersion: (version, limits) => tamper({ apiVersion: version }, limits),
      livemode: (livemode, limits) => tamper({ livemode }, limits),
      replay,
    },
    clear() {
      rules.api.clear();
      rules.webhooks.clear();
      rules.rates = null;
      rules.newestFirst = false;
    },
  };
}
