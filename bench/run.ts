import { parseArgs } from 'node:util';
import { openLab } from './lab.ts';
import { acceptance, consistency, makeOrganizations, throttled } from './webhooks.ts';

/**
 * `npm run bench`: the budgets of the design as ratios to a limit measured in the same run, as JSON on standard output. Machines differ and are
 * noisy: compare ratios, not figures. `--quick` takes a tenth of the load, to see that it runs.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const scale = values.quick ? 0.1 : 1;

const lab = await openLab();
try {
  const accepted = await acceptance(lab, 5_000 * scale);
  const organizations = await makeOrganizations(lab, 1_000 * scale);
  const consistent = await consistency(lab, organizations, 5_000 * scale, accepted.limit.perSecond);
  const slow = await throttled(lab, organizations, values.quick ? 4 : 20);
  const rows = [accepted, consistent, slow];
  console.log(
    JSON.stringify(
      { at: Temporal.Now.instant().toString(), node: process.versions.node, rows: rows.map(rounded) },
      null,
      2,
    ),
  );
} finally {
  await lab.close();
}

/** Three digits say all that such a measurement can. */
function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_key, each) => (typeof each === 'number' ? Number(each.toPrecision(3)) : each)),
  ) as T;
}
