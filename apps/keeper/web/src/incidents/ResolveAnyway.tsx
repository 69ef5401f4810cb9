import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '@tillkeeper/ui/Button';
import { useNow } from '@tillkeeper/ui/Clock';
import { Modal } from '@tillkeeper/ui/Modal';
import { showToast } from '@tillkeeper/ui/Toast';
import { counted } from '@tillkeeper/ui/words/money';
import { clockMinutes, viewerZone } from '@tillkeeper/ui/words/time';
import { useRef, useState } from 'react';
import { resolveIncidentAnyway } from '../api/incidentVerbs.ts';
import type { Incident } from '../api/types.ts';
import { FieldError } from '../frame/FieldError.tsx';

// What the server takes for a reason.
const shortestReason = 5;

const field =
  'mt-1.5 block w-full rounded-control border border-ctl bg-surface px-2.5 text-13 text-ink max-desk:min-h-11 max-desk:text-16';

function consequence(incident: Incident): string {
  const locked = incident.impact.payersLockedOut;
  const affected = counted(incident.organizationIds.length, 'organization');
  const still = locked > 0 ? ` ${counted(locked, 'payer stays', 'payers stay')} locked out.` : '';
  return `The fault is not proven gone for ${affected}.${still}`;
}

/** Against the proof: names the object and the effect, wants its number typed and a reason, and says what the record will say. */
export function ResolveAnyway({ incident, onClose }: { incident: Incident; onClose(): void }) {
  const client = useQueryClient();
  const now = useNow();
  const first = useRef<HTMLTextAreaElement>(null);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const name = `#${incident.number}`;
  const resolve = useMutation({
    mutationFn: () => resolveIncidentAnyway(incident.id, reason.trim()),
    onSuccess: () => {
      onClose();
      showToast(`${name} is closed without proof`);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['incidents'] }),
  });
  const refused =
    reason.trim().length < shortestReason
      ? 'Give a reason first'
      : typed.trim() !== name && typed.trim() !== String(incident.number)
        ? `Type ${name} to resolve`
        : undefined;
  return (
    <Modal
      place="centre"
      title={`Resolve ${name} without proof`}
      description={`${consequence(incident)} The record will say that you decided this at ${clockMinutes(now, viewerZone())}.`}
      initialFocus={first}
      onClose={onClose}
    >
      <form
        className="px-4.5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (refused === undefined && !resolve.isPending) resolve.mutate();
        }}
      >
        <label className="block text-12 text-ink-2">
          Reason
          <textarea
            ref={first}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            rows={2}
            maxLength={1_000}
            className={`${field} resize-y py-1.5`}
          />
        </label>
        <label className="mt-3 block text-12 text-ink-2">
          Number of the incident
          <input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            placeholder={name}
            className={`${field} h-8`}
          />
        </label>
        <FieldError error={resolve.error} what="Not resolved" />
        <div className="mt-3.5 flex justify-end gap-2">
          <Button onClick={onClose}>Keep open</Button>
          <Button tone="primary" type="submit" busy={resolve.isPending} refused={refused}>
            Resolve {name} without proof
          </Button>
        </div>
      </form>
    </Modal>
  );
}
