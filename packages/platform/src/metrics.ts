import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** All metrics of this process, as `/metrics` shows them. */
export const registry = new Registry();

interface Meaning {
  /** With its unit: `keeper_deliveries_waiting_seconds`. */
  readonly name: string;
  readonly help: string;
}

/** The counter of that name; made at the first call. */
export function counter<Label extends string = never>(meaning: Meaning, labels: readonly Label[] = []): Counter<Label> {
  const known = registry.getSingleMetric(meaning.name);
  if (known instanceof Counter) return known as Counter<Label>;
  return new Counter({ ...meaning, labelNames: labels, registers: [registry] });
}

/** The gauge of that name; made at the first call. */
export function gauge<Label extends string = never>(meaning: Meaning, labels: readonly Label[] = []): Gauge<Label> {
  const known = registry.getSingleMetric(meaning.name);
  if (known instanceof Gauge) return known as Gauge<Label>;
  return new Gauge({ ...meaning, labelNames: labels, registers: [registry] });
}

/** From one millisecond to half a minute: fits requests, queries and deliveries alike. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The histogram of that name, in seconds unless buckets say otherwise; made at the first call. */
export function histogram<Label extends string = never>(
  meaning: Meaning & { readonly buckets?: number[] },
  labels: readonly Label[] = [],
): Histogram<Label> {
  const known = registry.getSingleMetric(meaning.name);
  if (known instanceof Histogram) return known as Histogram<Label>;
  return new Histogram({ buckets: secondsBuckets, ...meaning, labelNames: labels, registers: [registry] });
}

const readings = new Set<() => Promise<void>>();

/**
 * `read` runs before every answer of `/metrics`, for figures that are looked up instead of counted. It must not reject, and is waited for.
 * Returns how to leave it out again.
 */
export function beforeScrape(read: () => Promise<void>): () => void {
  readings.add(read);
  return () => void readings.delete(read);
}

/** What `/metrics` answers. */
export async function scrape(): Promise<string> {
  await Promise.all([...readings].map((read) => read()));
  return registry.metrics();
}

let collecting = false;

/** Memory, CPU, event loop lag and garbage collection of this process. Safe to call again. */
export function collectProcessMetrics(): void {
  if (collecting) return;
  collecting = true;
  collectDefaultMetrics({ register: registry });
}
