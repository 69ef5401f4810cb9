import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '@tillkeeper/ui/Button';
import { Modal } from '@tillkeeper/ui/Modal';
import { showToast } from '@tillkeeper/ui/Toast';
import { useRef } from 'react';
import { addNote } from '../api/incidentVerbs.ts';
import type { Incident } from '../api/types.ts';
import { FieldError } from '../frame/FieldError.tsx';

/** The draft lives with the page: closing by Escape loses nothing. */
export function NoteDialog({
  incident,
  draft,
  onDraft,
  onClose,
}: {
  incident: Incident;
  draft: string;
  onDraft(text: string): void;
  onClose(): void;
}) {
  const client = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const add = useMutation({
    mutationFn: () => addNote(incident.id, draft.trim()),
    onSuccess: () => {
      onDraft('');
      onClose();
      showToast(`Note added to #${incident.number}`);
      void client.invalidateQueries({ queryKey: ['incidents'] });
    },
  });
  const empty = draft.trim() === '';
  return (
    <Modal
      place="centre"
      title={`Add note to #${incident.number}`}
      description="It stands in the timeline for good: nobody rewrites it."
      initialFocus={field}
      onClose={onClose}
    >
      <form
        className="px-4.5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!empty && !add.isPending) add.mutate();
        }}
      >
        <label className="block text-12 text-ink-2">
          Note
          <textarea
            ref={field}
            value={draft}
            onChange={(event) => onDraft(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
            rows={4}
            maxLength={4_000}
            className="mt-1.5 block w-full resize-y rounded-control border border-ctl bg-surface px-2.5 py-1.5 text-13 text-ink max-desk:text-16"
          />
        </label>
        <FieldError error={add.error} what="Not added" />
        <div className="mt-3.5 flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button
            tone="primary"
            type="submit"
            keys="Ctrl Enter"
            busy={add.isPending}
            refused={empty ? 'Write a note first' : undefined}
          >
            Add note
          </Button>
        </div>
      </form>
    </Modal>
  );
}
