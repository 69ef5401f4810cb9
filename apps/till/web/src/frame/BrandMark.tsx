/** The sign: a receipt with a tick. */
export function BrandMark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M3 1.5h14v17l-2.33-1.7-2.33 1.7L10 16.8l-2.34 1.7-2.33-1.7L3 18.5Z" fill="var(--ink)" />
      <path
        d="m6.4 8.3 2.6 2.6 4.8-5.2"
        fill="none"
        stroke="var(--on-ink)"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
