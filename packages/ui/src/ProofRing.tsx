/** Clean runs of the detector so far. A drawn part is a run that came back clean; the dashed rest is not proven yet. */
export function ProofRing({ clean, needed, refuted = false }: { clean: number; needed: number; refuted?: boolean }) {
  const length = 2 * Math.PI * 19;
  const done = needed === 0 ? 0 : Math.min(1, clean / needed);
  const proven = done === 1;
  return (
    <svg width="44" height="44" viewBox="0 0 44 44" role="img" aria-label={`${clean} of ${needed} clean runs`}>
      <circle cx="22" cy="22" r="19" fill="none" stroke="var(--line)" strokeWidth="3" />
      {proven ? null : (
        <circle cx="22" cy="22" r="19" fill="none" stroke="var(--hatch)" strokeWidth="3" strokeDasharray="2 4" />
      )}
      {done > 0 ? (
        <circle
          cx="22"
          cy="22"
          r="19"
          fill="none"
          stroke={proven ? 'var(--green)' : 'var(--accent)'}
          strokeWidth="3"
          strokeDasharray={`${done * length} ${length}`}
          transform="rotate(-90 22 22)"
        />
      ) : null}
      {refuted ? (
        <circle cx="22" cy="22" r="19" fill="none" stroke="var(--red)" strokeWidth="3" strokeDasharray="2 4" />
      ) : null}
      <text x="22" y="26.5" textAnchor="middle" fill="var(--ink)" fontSize="13" fontWeight="600">
        {clean}/{needed}
      </text>
    </svg>
  );
}
