import { createServer } from 'node:net';
import { freePort } from '../postgres/cluster.ts';
import { StartProblem } from './problem.ts';

/** Who listens where, counted from the base. +2 is the status page's. */
const offsets = {
  keeper: 0,
  till: 1,
  stripe: 3,
  mail: 4,
  smtp: 5,
  sandbox: 6,
  tillDatabase: 7,
  keeperDatabase: 8,
} as const;

export type PortName = keyof typeof offsets;
export type Ports = Readonly<Record<PortName, number>>;

export const defaultBasePort = 4600;
const highestOffset = Math.max(...Object.values(offsets));
const names = Object.keys(offsets) as PortName[];

const words: Readonly<Partial<Record<PortName, string>>> = {
  tillDatabase: 'till database',
  keeperDatabase: 'keeper database',
};

/** The base from the variable PORT. Throws for what is no port number with room for all others above it. */
export function basePortOf(value: string | undefined): number {
  if (value === undefined || value === '') return defaultBasePort;
  const base = Number(value);
  const highest = 65_535 - highestOffset;
  if (!/^\d+$/.test(value) || base < 1024 || base > highest)
    throw new StartProblem(`PORT must be a number from 1024 to ${highest}, not "${value}"`);
  return base;
}

/** Every port, from a base or, with base 0, each one free at this moment. */
export async function portsFrom(base: number): Promise<Ports> {
  const ports = await Promise.all(
    names.map(async (name) => [name, base === 0 ? await freePort() : base + offsets[name]] as const),
  );
  return Object.fromEntries(ports) as Ports;
}

/** Throws `StartProblem` naming the first port that somebody listens on. Waits up to `patienceMs` for one that is about to be let go. */
export async function checkPorts(ports: Ports, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  for (const name of names) {
    while (!(await isFree(ports[name]))) {
      if (performance.now() > until)
        throw new StartProblem(`port ${ports[name]} (${words[name] ?? name}) is in use; set PORT to another base`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A browser that is told `localhost` may take either family, so nobody may sit on the other one. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Where there is no IPv6 there is nobody on it either.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
