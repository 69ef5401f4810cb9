export interface StripeErrorBody {
  type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  doc_url?: string;
  charge?: string;
  payment_intent?: unknown;
  payment_method?: unknown;
  setup_intent?: unknown;
  request_log_url?: string;
}

export interface ErrorOptions {
  /** What the request wrote stays, as after a declined charge: the attempt is a fact although the call failed. */
  commit?: boolean;
  headers?: Record<string, string>;
}

/** An error as Stripe puts it on the wire: `{error: {type, code, param, message, ...}}` with its HTTP status. */
export class StripeFault extends Error {
  readonly status: number;
  readonly body: StripeErrorBody;
  readonly commit: boolean;
  readonly headers: Record<string, string>;

  constructor(status: number, body: StripeErrorBody, options: ErrorOptions = {}) {
    super(body.message);
    this.status = status;
    this.body =
      body.code === undefined
        ? body
        : { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll('_', '-')}` };
    this.commit = options.commit ?? false;
    this.headers = options.headers ?? {};
  }
}

export function invalid(message: string, details: { code?: string; param?: string } = {}): StripeFault {
  return new StripeFault(400, { type: 'invalid_request_error', message, ...details });
}

export function missing(what: string, id: string, param: string, status = 404): StripeFault {
  return new StripeFault(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  });
}

export function missingParameter(param: string): StripeFault {
  return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
}

export function unknownParameter(param: string): StripeFault {
  return invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
}
