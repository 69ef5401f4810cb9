import { expect, it } from 'vitest';
import { beforeScrape, counter, gauge, histogram, registry, scrape } from './metrics.ts';

it('gives the same metric for the same name, so that modules need not share it', async () => {
  const meaning = { name: 'deliveries_total', help: 'Deliveries by outcome' };
  counter(meaning, ['outcome']).inc({ outcome: 'applied' });
  counter(meaning, ['outcome']).inc({ outcome: 'applied' }, 2);
  gauge({ name: 'waiting', help: 'Waiting' }).set(4);
  histogram({ name: 'apply_seconds', help: 'Time to apply' }, ['kind']).observe({ kind: 'invoice' }, 0.02);
  histogram({ name: 'apply_seconds', help: 'Time to apply' }, ['kind']).observe({ kind: 'invoice' }, 0.02);
  const text = await registry.metrics();
  expect(text).toContain('deliveries_total{outcome="applied"} 3');
  expect(text).toContain('waiting 4');
  expect(text).toContain('apply_seconds_bucket{le="0.025",kind="invoice"} 2');
});

it('looks up before each answer what is not counted, until told not to', async () => {
  let waiting = 4;
  const stop = beforeScrape(async () => {
    gauge({ name: 'looked_up', help: 'Looked up' }).set(waiting);
  });
  expect(await scrape()).toContain('looked_up 4');
  waiting = 5;
  expect(await scrape()).toContain('looked_up 5');
  stop();
  waiting = 6;
  expect(await scrape()).toContain('looked_up 5');
});
