import { request } from './request.ts';
import type { Incident } from './types.ts';

function act(id: string, verb: string, body: unknown = {}): Promise<Incident> {
  return request<Incident>(`/api/v1/incidents/${id}/${verb}`, { method: 'POST', body, within: 30_000 });
}

export function acknowledgeIncident(id: string): Promise<Incident> {
  return act(id, 'acknowledge');
}

/** 409 `not_proven` while the detector still finds the fault. */
export function resolveIncident(id: string): Promise<Incident> {
  return act(id, 'resolve');
}

export function resolveIncidentAnyway(id: string, reason: string): Promise<Incident> {
  return act(id, 'resolve-anyway', { reason });
}

/** A person finishes a manual step; `choice` is one of those that its evidence names. */
export function completeStep(id: string, step: string, decision: { note: string; choice?: string }): Promise<Incident> {
  return act(id, `steps/${encodeURIComponent(step)}/complete`, decision);
}

export function addNote(id: string, text: string): Promise<Incident> {
  return act(id, 'notes', { text });
}
