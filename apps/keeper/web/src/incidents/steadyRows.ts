/** What the reader sees of a list, and how many of its pages were there then. */
export interface Shown<Row> {
  readonly key: string;
  readonly pages: number;
  readonly rows: readonly Row[];
}

interface Numbered {
  readonly id: string;
  readonly number: number;
}

/**
 * What to show once the list has changed: the same object while only rows came or went (they wait for the reader), a new one when the list
 * is another (`key`), when nothing was shown yet, or when the reader asked for one page more. Newest first, by number.
 */
export function nextShown<Row extends Numbered>(
  shown: Shown<Row>,
  key: string,
  pages: readonly { items: readonly Row[] }[],
): Shown<Row> {
  const current = pages.flatMap((page) => page.items);
  const nothingYet = shown.rows.length === 0 && current.length > 0;
  if (shown.key !== key || shown.pages === 0 || nothingYet) return { key, pages: pages.length, rows: current };
  if (pages.length <= shown.pages) return shown;
  const oldest = Math.min(...shown.rows.map((row) => row.number));
  const older = current.filter((row) => row.number < oldest);
  return { key, pages: pages.length, rows: [...shown.rows, ...older] };
}

/** The button's words for what waits; undefined when the reader sees all there is. */
export function waitingWords(added: number, left: number): string | undefined {
  if (added > 0) return `Show ${added} new`;
  return left > 0 ? `Remove ${left} resolved` : undefined;
}
