import { setTimeout as wait } from 'node:timers/promises';
import { type Cluster, type ClusterOptions, startCluster } from '../postgres/cluster.ts';

/** A cluster that is started again on the same port when it ends by itself. */
export interface RunningCluster {
  readonly cluster: Cluster;
  stop(): Promise<void>;
}

const attempts = 5;

export async function runCluster(
  options: ClusterOptions & { name: string; say: (line: string) => void },
): Promise<RunningCluster> {
  const { name, say } = options;
  let stopping = false;
  let recovering: Promise<void> = Promise.resolve();

  const start = (): Promise<Cluster> =>
    startCluster({
      ...options,
      onCrash(lastWords) {
        if (stopping) return;
        say(`the ${name} database ended (${lastWords}); starting it again`);
        recovering = recover();
      },
    });

  async function recover(): Promise<void> {
    for (let attempt = 1; attempt <= attempts && !stopping; attempt += 1) {
      await wait(200 * attempt);
      if (stopping) return;
      try {
        current = await start();
        return;
      } catch (error) {
        say(`the ${name} database does not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  let current = await start();
  return {
    get cluster() {
      return current;
    },
    async stop() {
      stopping = true;
      await recovering;
      await current.stop();
    },
  };
}
