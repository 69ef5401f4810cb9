import { useEffect } from 'react';
import { rememberPage } from './recent.ts';

/** Puts the page among the last five of the palette, once its name is known. */
export function useRemember(href: string, label: string | undefined): void {
  useEffect(() => {
    if (label !== undefined) rememberPage({ href, label });
  }, [href, label]);
}
