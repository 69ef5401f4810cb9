import { Freshness } from '@tillkeeper/ui/Freshness';
import { lazy, Suspense, useRef, useState } from 'react';
import { useStream } from '../api/stream.ts';
import { useEngineClock } from './engineClock.ts';

const EnginePanel = lazy(() => import('./EnginePanel.tsx').then((module) => ({ default: module.EnginePanel })));

export function EngineFreshness() {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const { dataOf } = useStream();
  const { provenAt } = useEngineClock();
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        title="What the engine did last"
        onClick={() => setOpen(!open)}
        className="flex h-[30px] items-center rounded-control px-1 hover:bg-hover max-desk:h-11"
      >
        <Freshness provenAt={provenAt} pausedSince={dataOf} />
      </button>
      {open ? (
        <Suspense>
          <EnginePanel anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
