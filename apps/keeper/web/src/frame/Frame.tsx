import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { ClockProvider, useMachineNow } from '@tillkeeper/ui/Clock';
import { freshnessOf } from '@tillkeeper/ui/Freshness';
import { SealsProvider } from '@tillkeeper/ui/Mark';
import { Toasts } from '@tillkeeper/ui/Toast';
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react';
import { onSessionEnd } from '../api/client.ts';
import { environmentQuery } from '../api/queries.ts';
import { followStream } from '../api/stream.ts';
import { listenForKeys, useKeys } from '../keys/registry.ts';
import { BottomBar } from './BottomBar.tsx';
import { useEngineClock } from './engineClock.ts';
import { Overlays } from './overlays.ts';
import { SandboxStripe } from './SandboxStripe.tsx';
import { Sidebar } from './Sidebar.tsx';
import { sections } from './sections.ts';

const loadPalette = () => import('./Palette.tsx');
const Palette = lazy(() => loadPalette().then((module) => ({ default: module.Palette })));
const KeyList = lazy(() => import('../keys/KeyList.tsx').then((module) => ({ default: module.KeyList })));

// The offset is measured anew with each beat and wobbles by the network's delay; below this it stays, so that no clock jumps a second back.
const wobbleMs = 1_500;

function useBusinessOffset(): number {
  const { offsetMs } = useEngineClock();
  const [kept, setKept] = useState(0);
  if (offsetMs !== undefined && Math.abs(offsetMs - kept) > wobbleMs) setKept(offsetMs);
  return kept;
}

function Seals({ children }: { children: ReactNode }) {
  const { provenAt } = useEngineClock();
  const now = useMachineNow();
  return <SealsProvider value={freshnessOf(provenAt, undefined, now) === 'silent'}>{children}</SealsProvider>;
}

/** Everything around the page: stripe, sections, what burns, keys, and the live stream of changes. */
export function Frame() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: environment } = useQuery(environmentQuery);
  const offset = useBusinessOffset();
  const [floating, setFloating] = useState<'palette' | 'keys'>();
  const overlays = useMemo(
    () => ({ openPalette: () => setFloating('palette'), openKeys: () => setFloating('keys') }),
    [],
  );
  const sandbox = environment?.environment === 'sandbox';

  useEffect(() => followStream(client), [client]);
  useEffect(listenForKeys, []);
  // The palette has to open within one frame, and it is the heaviest part that is not in the first load.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), 2_000);
    return () => clearTimeout(timer);
  }, []);
  useEffect(
    () =>
      onSessionEnd(() => {
        const next = window.location.pathname + window.location.search;
        void navigate({ to: '/sign-in', search: { next } });
      }),
    [navigate],
  );
  useKeys('Everywhere', [
    { keys: 'Ctrl+k', label: 'Search and commands', run: overlays.openPalette },
    { keys: '/', label: 'Search', run: overlays.openPalette },
    { keys: '?', label: 'All keys', run: overlays.openKeys },
    ...sections.map((section) => ({
      keys: section.keys,
      label: `Go to ${section.label.toLowerCase()}`,
      run: () => void navigate({ to: section.to }),
    })),
  ]);

  return (
    <ClockProvider offsetMs={offset}>
      <Overlays value={overlays}>
        <div className={sandbox ? '[--stripe:30px] max-desk:[--stripe:44px]' : '[--stripe:0px]'}>
          <a
            href="#content"
            className="sr-only z-50 rounded-control bg-ink px-3 py-2 text-on-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
          >
            Skip to the page
          </a>
          {sandbox ? <SandboxStripe sandboxUrl={environment.sandboxUrl} /> : null}
          <div className="grid desk:grid-cols-[216px_minmax(0,1fr)]">
            <Sidebar />
            <div className="flex min-h-[calc(100dvh-var(--stripe))] min-w-0 flex-col bg-surface max-desk:pb-[calc(56px+env(safe-area-inset-bottom))]">
              <Seals>
                <Outlet />
              </Seals>
            </div>
          </div>
          <BottomBar />
        </div>
        <Toasts />
        <Suspense>
          {floating === 'palette' ? <Palette onClose={() => setFloating(undefined)} /> : null}
          {floating === 'keys' ? <KeyList onClose={() => setFloating(undefined)} /> : null}
        </Suspense>
      </Overlays>
    </ClockProvider>
  );
}
