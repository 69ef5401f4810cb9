import type { KeeperDeps } from '../context.ts';
import type { Lane } from '../workerDeps.ts';

const flushEveryMs = 1_000;
/** Rows of workers that are gone; the newest of a lane stays, since its age is what people want to know. */
const forgetAfterHours = 24;

export interface LaneBeats {
  beat(lane: Lane): void;
  stop(): Promise<void>;
}

/**
 * Lanes beat many times a second; the database hears of each at most once. A lane that stops beating, in order or not, stops being written, so
 * its age in `lanes` grows: silence is what the console shows. Machine time throughout.
 */
export function startLaneBeats(deps: Pick<KeeperDeps, 'keeper' | 'log'>, holder: string): LaneBeats {
  const alive = new Set<Lane>();
  let writing = forgetOldRows();

  async function write(text: string, values: readonly unknown[]): Promise<void> {
    try {
      await deps.keeper.query(text, values);
    } catch (error) {
      deps.log.warn({ err: error }, 'lane beats not written');
    }
  }

  function forgetOldRows(): Promise<void> {
    return write(
      `delete from lanes old
        where old.beat_machine < clock_timestamp() - make_interval(hours => $1::integer)
          and exists (select from lanes newer where newer.name = old.name and newer.beat_machine > old.beat_machine)`,
      [forgetAfterHours],
    );
  }

  async function flush(): Promise<void> {
    if (alive.size === 0) return;
    const names = [...alive];
    alive.clear();
    await write(
      `insert into lanes (name, holder, beat_machine)
       select name, $2::text, clock_timestamp() from unnest($1::text[]) as name
       on conflict (name, holder) do update set beat_machine = excluded.beat_machine`,
      [names, holder],
    );
  }

  const timer = setInterval(() => {
    writing = writing.then(flush);
  }, flushEveryMs);

  return {
    beat: (lane) => void alive.add(lane),
    async stop() {
      clearInterval(timer);
      await writing;
    },
  };
}
