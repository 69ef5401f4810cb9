import type { Database } from '@tillkeeper/platform/database';
import type { Logger } from '@tillkeeper/platform/log';
import type { DB as KeeperDB } from '../../database/types.generated.ts';

export interface Announcer {
  /** Says that deliveries wait, now or together with others shortly after. */
  announce(): void;
  close(): Promise<void>;
}

/**
 * Wakes the workers at most once in `everyMs`: notify takes a lock at commit that every other commit of the database waits for, so one for
 * each delivery would halve the intake. Workers also look by themselves, so a lost announcement costs half a second and nothing else.
 */
export function createAnnouncer(keeper: Database<KeeperDB>, log: Logger, everyMs = 20): Announcer {
  let pending = false;
  let resting: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();

  function send(): void {
    pending = false;
    resting = setTimeout(() => {
      resting = undefined;
      if (pending) send();
    }, everyMs);
    sending = keeper.query(`select pg_notify('keeper_work', 'deliveries')`).then(
      () => undefined,
      (error: unknown) => log.warn({ err: error }, 'deliveries were not announced'),
    );
  }

  return {
    announce() {
      pending = true;
      if (resting === undefined) send();
    },
    async close() {
      clearTimeout(resting);
      if (pending) send();
      clearTimeout(resting);
      await sending;
    },
  };
}
