import type { Logger } from './log.ts';

/**
 * Ends the process in order on SIGINT, SIGTERM or the loss of the parent (the IPC channel closes): `close` runs once, then exit 0.
 * A second signal, a failing `close` or one that takes longer than `graceMs` exits 1.
 */
export function runUntilSignal(options: { log: Logger; close: () => Promise<void>; graceMs: number }): void {
  const { log, close, graceMs } = options;
  let closing = false;

  function begin(reason: string): void {
    if (closing) {
      log.warn({ reason }, 'told twice to stop: leaving at once');
      process.exit(1);
    }
    closing = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error({ graceMs }, 'did not stop in time');
      process.exit(1);
    }, graceMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  }

  process.on('SIGINT', () => begin('SIGINT'));
  process.on('SIGTERM', () => begin('SIGTERM'));
  // A server whose supervisor was killed would hold its port for ever. A lost parent during an orderly stop is no second signal.
  process.on('disconnect', () => {
    if (!closing) begin('parent gone');
  });
}
