/** The part of pino's interface that the stand-in uses. */
export interface Log {
  debug(data: object, message: string): void;
  error(data: object, message: string): void;
  warn(data: object, message: string): void;
}

export const silentLog: Log = { debug: () => undefined, error: () => undefined, warn: () => undefined };
