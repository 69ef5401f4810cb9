/** `Wednesday, 2 December`, where the shop stands. Mails give deadlines as days, never as hours of our zone. */
export function formatDay(at: Temporal.Instant, timezone: string): string {
  const day = at.toZonedDateTimeISO(timezone);
  const weekday = day.toLocaleString('en-GB', { weekday: 'long' });
  return `${weekday}, ${day.toLocaleString('en-GB', { day: 'numeric', month: 'long' })}`;
}

/** `2 Dec 2026, 14:05 UTC`, for evidence and timelines. */
export function formatMoment(at: Temporal.Instant): string {
  const text = at
    .toZonedDateTimeISO('UTC')
    .toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
  return `${text} UTC`;
}
