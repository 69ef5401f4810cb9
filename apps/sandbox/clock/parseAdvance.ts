import { AppError } from '@tillkeeper/platform/errors';

function duration(by: string | Temporal.Duration): Temporal.Duration {
  if (typeof by !== 'string') return by;
  try {
    return Temporal.Duration.from(by);
  } catch (cause) {
    throw new AppError(
      'invalid_input',
      `"${by}" is no ISO 8601 duration such as P7D or PT90M`,
      { field: 'by' },
      { cause },
    );
  }
}

/**
 * The instant that lies the given duration after `from`. Calendar units count in UTC: a month after 31 January is the last of February.
 * Throws `invalid_input` for what is no duration, is not above zero or is over two years.
 */
export function parseAdvance(by: string | Temporal.Duration, from: Temporal.Instant): Temporal.Instant {
  const asked = duration(by);
  if (asked.sign <= 0)
    throw new AppError('invalid_input', 'Time only goes forward: the duration must be above zero', { field: 'by' });
  const start = from.toZonedDateTimeISO('UTC');
  const limit = start.add({ years: 2 });
  let target: Temporal.ZonedDateTime;
  try {
    target = start.add(asked);
  } catch {
    target = limit.add({ days: 1 });
  }
  if (Temporal.ZonedDateTime.compare(target, limit) > 0) {
    throw new AppError('invalid_input', 'At most two years (P2Y) at a time', { field: 'by' });
  }
  return target.toInstant();
}
