/**
 * Where to go after sign-in: only a path of this console. A link from outside must not send a person elsewhere, and browsers read `//host`
 * and a backslash as another origin.
 */
export function safePath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/incidents';
}
