import { ConfigError } from '@tillkeeper/platform/config';
import { toAppError } from '@tillkeeper/platform/errors';
import { createLogger, type Logger } from '@tillkeeper/platform/log';
import { runUntilSignal } from '@tillkeeper/platform/process';
import { type KeeperConfig, keeperConfig } from './config.ts';

/** Less than what a supervisor waits before it kills. */
const graceMs = 4_000;

/**
 * The life of one of Keeper's processes: configuration, start, an orderly end on a signal. `start` resolves with how to end. What hinders the
 * start is said without a stack, one line each, and the exit code is 1.
 */
export async function runProcess(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  start: (config: KeeperConfig, log: Logger) => Promise<() => Promise<void>>,
): Promise<void> {
  const config = readConfig(name, environment);
  const log = createLogger({ name, level: config.logLevel });
  const close = await start(config, log).catch((error: unknown) => {
    log.fatal({ err: toAppError(error) }, 'could not start');
    process.exit(1);
  });
  process.send?.({ ready: true });
  runUntilSignal({ log, close, graceMs });
}

function readConfig(name: string, environment: Readonly<Record<string, string | undefined>>): KeeperConfig {
  try {
    return keeperConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${name}: ${problem}\n`);
    process.exit(1);
  }
}
