import type { Actor } from './actor.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/**
 * What every verb gets: who acts, at which business instant, on which databases. `Databases` is a record by name, since no transaction
 * spans the operated database and the operations plane's own.
 */
export interface Context<Databases> {
  readonly actor: Actor;
  readonly clock: Clock;
  readonly db: Databases;
  readonly log: Logger;
  readonly requestId?: string;
}
