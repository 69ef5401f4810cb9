import type { Scope } from '../store/scope.ts';
import type { Form } from './form.ts';
import { type Fields, list, type Params, readParams, text } from './params.ts';

export interface Call<P> {
  scope: Scope;
  /** The object that the path names; empty where it names none. */
  id: string;
  params: P;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  handle(scope: Scope, id: string, form: Form): { result: unknown; expand: string[] };
}

const expandable = { expand: list(text) };

/** One operation of the API: which parameters it takes and what it answers. `expand` works everywhere. */
export function route<S extends Fields>(
  method: Route['method'],
  path: string,
  fields: S,
  handle: (call: Call<Params<S>>) => object,
): Route {
  const known = { ...fields, ...expandable };
  return {
    method,
    path,
    handle(scope, id, form) {
      const { expand, ...params } = readParams(known, form) as { expand?: string[] };
      return { result: handle({ scope, id, params: params as Params<S> }), expand: expand ?? [] };
    },
  };
}
