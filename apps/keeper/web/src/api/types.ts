import type { paths } from './api.generated.ts';

/**
 * Answers of Keeper's API as the console reads them, from the server's own description. Instants are ISO strings, amounts integers of the minor
 * unit, durations milliseconds.
 */

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export type Me = Answer<'/api/v1/me'>;
export type Environment = Answer<'/api/v1/environment'>;
export type EngineState = Answer<'/api/v1/engine'>;
export type Lane = EngineState['lanes'][number];
export type DetectorState = EngineState['detectors'][number];

/** What the live stream says every 5 s. */
export type Beat = Pick<EngineState, 'lastProvenAt' | 'lastProvenAgeMs'> & Pick<EngineState['clock'], 'businessNow'>;

export type IncidentItem = Answer<'/api/v1/incidents'>['items'][number];
export type Incident = Answer<'/api/v1/incidents/{id}'>;
export type Run = NonNullable<Incident['run']>;
export type RunStep = Run['steps'][number];
export type Proof = Incident['proof'];
export type TimelineEvent = Incident['timeline'][number];
export type IncidentRecord = NonNullable<Incident['record']>;
export type Amount = IncidentItem['impact']['mrrAtRisk'][number];

export type MessageItem = Answer<'/api/v1/messages'>['items'][number];
export type MessageDetail = Answer<'/api/v1/messages/{id}'>;
export type MessageState = MessageItem['state'];

export type OrganizationItem = Answer<'/api/v1/organizations'>['items'][number];
export type Organization = Answer<'/api/v1/organizations/{id}'>;
export type SourceField = Organization['sources']['fields'][number];
export type Invoice = Organization['invoices']['items'][number];
export type StoryEntry = Organization['story'][number];
