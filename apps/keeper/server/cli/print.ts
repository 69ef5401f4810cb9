import type { Incident } from '../incidents/shownIncident.ts';

/** Columns as wide as their widest cell, with two blanks between them. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const line = (row: readonly (string | number)[]): string =>
    row.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** A page of a list, with what to say for the next one. */
export function listing(
  rows: readonly (readonly (string | number)[])[],
  nextCursor: string | null,
  empty: string,
): string {
  if (rows.length === 0) return empty;
  return nextCursor === null ? table(rows) : `${table(rows)}\nthere is more: --cursor ${nextCursor}`;
}

/** To the minute, in UTC. */
export function minute(at: Temporal.Instant | string): string {
  return at.toString().slice(0, 16).replace('T', ' ');
}

/** An incident as a person reads it in a terminal. */
export function incidentText(incident: Incident): string {
  const { number, severity, state, title, summary, openedAt, organizations, run, timeline, record } = incident;
  const held = incident.heldBy === null ? 'held by nobody' : `held by ${incident.heldBy.name}`;
  const shops = organizations.map((shop) => [shop.id, shop.plan, shop.status, shop.name]);
  const steps = (run?.steps ?? []).map((step) => [
    step.phase,
    step.state,
    `${step.title}: ${summaryOf(step.evidence)}`,
  ]);
  const entries = timeline.map((entry) => [minute(entry.at), entry.text]);
  const sentences = (record?.sentences ?? []).map((sentence) => [sentence.text]);
  return [
    `#${number} ${severity} ${state}  ${title}`,
    `opened ${minute(openedAt)}, ${held}`,
    summary,
    ...part('Organizations', shops),
    ...part('Steps', steps),
    ...part('Timeline', entries),
    ...part('Record', sentences),
  ].join('\n');
}

function part(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : ['', title, table(rows)];
}

function summaryOf(evidence: { readonly summary?: string }): string {
  return evidence.summary ?? 'nothing yet';
}
