import { useEffect, useState } from 'react';

const widths = ['40%', '52%', '34%', '46%', '38%', '50%'];

/** The lines of the layout to come. Nothing at all for the first 200 ms: most answers are there before it, and a flash is worse than a wait. */
export function Skeleton({ rows, label, height = 36 }: { rows: number; label: string; height?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label={`Loading ${label}`} style={{ minHeight: rows * height }}>
      {late
        ? Array.from({ length: rows }, (_, row) => (
            <div key={row} style={{ height }} className="flex items-center gap-4 border-b border-line last:border-0">
              <i className="h-2 w-[12%] rounded-tag bg-track" />
              <i className="h-2 rounded-tag bg-track" style={{ width: widths[row % widths.length] }} />
              <i className="ml-auto h-2 w-[9%] rounded-tag bg-track" />
            </div>
          ))
        : null}
    </div>
  );
}
