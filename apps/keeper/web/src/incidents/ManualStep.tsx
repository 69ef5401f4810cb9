import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '@tillkeeper/ui/Button';
import { showToast } from '@tillkeeper/ui/Toast';
import { useState } from 'react';
import { completeStep } from '../api/incidentVerbs.ts';
import { useWriteRefusal } from '../api/stream.ts';
import type { Incident, RunStep } from '../api/types.ts';
import { FieldError } from '../frame/FieldError.tsx';

function choicesOf(step: RunStep): string[] {
  const { choices } = step.evidence;
  return Array.isArray(choices) ? choices.map(String) : [];
}

/** What a person did or decided, said in the step itself: the run goes on from there. */
export function ManualStep({ incident, step }: { incident: Incident; step: RunStep }) {
  const client = useQueryClient();
  const refusal = useWriteRefusal();
  const choices = choicesOf(step);
  const [choice, setChoice] = useState(choices[0]);
  const [note, setNote] = useState('');
  const complete = useMutation({
    mutationFn: () =>
      completeStep(incident.id, step.name, { note: note.trim(), ...(choice === undefined ? {} : { choice }) }),
    onSuccess: () => showToast(`“${step.title}” is finished`),
    onSettled: () => client.invalidateQueries({ queryKey: ['incidents'] }),
  });
  const missing = note.trim() === '' ? 'Say what you did first' : undefined;
  return (
    <form
      aria-label={step.title}
      className="border-t border-line bg-waits px-3.5 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === undefined && refusal === undefined && !complete.isPending) complete.mutate();
      }}
    >
      {choices.length === 0 ? null : (
        <fieldset className="mb-2.5 flex flex-wrap gap-x-5 gap-y-1">
          <legend className="mb-1 text-12 text-ink-2">Decision</legend>
          {choices.map((each) => (
            <label key={each} className="flex items-center gap-2 first-letter:uppercase max-desk:min-h-11">
              <input
                type="radio"
                name={`choice-${step.name}`}
                value={each}
                checked={choice === each}
                onChange={() => setChoice(each)}
                className="accent-ink"
              />
              {each}
            </label>
          ))}
        </fieldset>
      )}
      <label className="block text-12 text-ink-2">
        What was done or decided, and why
        <textarea
          value={note}
          onChange={(event) => setNote(event.target.value)}
          rows={2}
          maxLength={2_000}
          className="mt-1.5 block w-full resize-y rounded-control border border-ctl bg-surface px-2.5 py-1.5 text-13 text-ink max-desk:text-16"
        />
      </label>
      <FieldError error={complete.error} what="Not finished" />
      <div className="mt-2.5 flex justify-end">
        <Button tone="primary" type="submit" busy={complete.isPending} refused={refusal ?? missing}>
          {choice === undefined ? 'Finish this step' : `Finish with “${choice}”`}
        </Button>
      </div>
    </form>
  );
}
