import { createContext, useContext } from 'react';

interface OpenOverlays {
  readonly openPalette: () => void;
  readonly openKeys: () => void;
}

const Context = createContext<OpenOverlays | undefined>(undefined);

export const Overlays = Context.Provider;

export function useOverlays(): OpenOverlays {
  const overlays = useContext(Context);
  if (!overlays) throw new Error('useOverlays outside of the frame');
  return overlays;
}
