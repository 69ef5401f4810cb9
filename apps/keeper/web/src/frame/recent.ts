const key = 'recent';
const kept = 5;

/** A page that the reader opened: its address in the console and its name. */
export interface Recent {
  readonly href: string;
  readonly label: string;
}

function isRecent(value: unknown): value is Recent {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Recent).href === 'string' &&
    typeof (value as Recent).label === 'string'
  );
}

/** The last five, newest first, of this device. */
export function recentPages(): Recent[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRecent) : [];
  } catch {
    return [];
  }
}

export function rememberPage(page: Recent): void {
  const others = recentPages().filter((each) => each.href !== page.href);
  localStorage.setItem(key, JSON.stringify([page, ...others].slice(0, kept)));
}
