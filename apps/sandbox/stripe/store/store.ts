import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { columnsOf } from './columns.ts';
import type { InternalOf, Kind, Kinds } from './objects.ts';
import { schema } from './schema.ts';
import { type Timer, timersOf } from './timers.ts';

export interface DueTimer extends Timer {
  object: string;
  kind: Kind;
}

/** One conjunct of a query over objects, with its values. */
export interface Condition {
  sql: string;
  values: SQLInputValue[];
}

export interface ListQuery {
  kind: Kind;
  where: Condition[];
  limit: number;
  /** Newest first, or oldest first. */
  order?: 'desc' | 'asc';
}

export interface Store {
  /** A deleted object is gone for everybody but `getDeleted`. */
  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined;
  getDeleted(kind: Kind, id: string): boolean;
  internal<K extends Kind>(kind: K, id: string): InternalOf<K>;
  /** Writes an object, its filter columns and its timers. Without `internal` what was known of it stays. */
  put<K extends Kind>(kind: K, object: Kinds[K], internal?: InternalOf<K>): void;
  remove(id: string): void;
  kindOf(id: string): Kind | undefined;
  ownerOf(part: string): string | undefined;
  /** Makes an object findable by a second name: the token of its hosted page. */
  alias(name: string, owner: string): void;
  list<K extends Kind>(query: ListQuery & { kind: K }): Kinds[K][];
  /** Where an object stands in its list; undefined if there is none of that kind. */
  position(kind: Kind, id: string): { created: number; seq: number } | undefined;
  /** The earliest timer in that time line (`null` is business time), if it is due by `until`. */
  dueTimer(clock: string | null, until: number): DueTimer | undefined;
  nextTimer(clock: string | null): number | undefined;
  dropTimer(object: string, action: Timer['action']): void;
  fact(name: string): string | undefined;
  setFact(name: string, value: string): void;
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[];
  one(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined;
  run(sql: string, ...values: SQLInputValue[]): void;
  /** All or nothing; inside another transaction it joins as a savepoint. */
  transaction<T>(body: () => T): T;
  close(): void;
}

/** Opens (and creates) the stand-in's state. `:memory:` keeps none. */
export function openStore(file: string): Store {
  const db = new DatabaseSync(file);
  // WAL with synchronous=normal loses nothing when the process is killed; only a power cut could take the last commits.
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;');
  db.exec(schema);
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  let depth = 0;

  function all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return prepare(sql).all(...values);
  }
  function one(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return prepare(sql).get(...values);
  }
  function run(sql: string, ...values: SQLInputValue[]): void {
    prepare(sql).run(...values);
  }

  function internal<K extends Kind>(kind: K, id: string): InternalOf<K> {
    const row = one('select internal from objects where id = ? and kind = ?', id, kind);
    return (typeof row?.internal === 'string' ? JSON.parse(row.internal) : null) as InternalOf<K>;
  }

  function put<K extends Kind>(kind: K, object: Kinds[K], known?: InternalOf<K>): void {
    const columns = columnsOf(kind, object);
    const inside = known === undefined ? internal(kind, object.id) : known;
    run(
      `insert into objects (id, kind, created, customer, subscription, parent, status, clock, body, internal)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (id) do update set customer = excluded.customer, subscription = excluded.subscription,
         parent = excluded.parent, status = excluded.status, clock = excluded.clock, body = excluded.body, internal = excluded.internal`,
      object.id,
      kind,
      columns.created,
      columns.customer,
      columns.subscription,
      columns.parent,
      columns.status,
      columns.clock,
      JSON.stringify(object),
      inside === null ? null : JSON.stringify(inside),
    );
    if (columns.timed) {
      run('delete from timers where object = ?', object.id);
      for (const timer of timersOf(kind, object, inside)) {
        const { action, due } = timer;
        run(
          'insert into timers (object, kind, action, due, clock) values (?, ?, ?, ?, ?)',
          object.id,
          kind,
          action,
          due,
          columns.clock,
        );
      }
    }
    if (kind === 'subscription') {
      run('delete from parts where owner = ?', object.id);
      for (const item of (object as Kinds['subscription']).items.data) {
        run('insert into parts (id, owner) values (?, ?)', item.id, object.id);
      }
    }
  }

  function transaction<T>(body: () => T): T {
    const name = `nested_${depth}`;
    db.exec(depth === 0 ? 'begin immediate' : `savepoint ${name}`);
    depth += 1;
    try {
      const result = body();
      depth -= 1;
      db.exec(depth === 0 ? 'commit' : `release ${name}`);
      return result;
    } catch (error) {
      depth -= 1;
      db.exec(depth === 0 ? 'rollback' : `rollback to ${name}; release ${name}`);
      throw error;
    }
  }

  return {
    all,
    one,
    run,
    internal,
    put,
    transaction,
    get(kind, id) {
      const row = one('select body from objects where id = ? and kind = ? and deleted = 0', id, kind);
      return row === undefined ? undefined : JSON.parse(String(row.body));
    },
    getDeleted: (kind, id) =>
      one('select 1 from objects where id = ? and kind = ? and deleted = 1', id, kind) !== undefined,
    remove(id) {
      run('update objects set deleted = 1 where id = ?', id);
      run('delete from timers where object = ?', id);
    },
    kindOf: (id) => one('select kind from objects where id = ?', id)?.kind as Kind | undefined,
    ownerOf: (part) => one('select owner from parts where id = ?', part)?.owner as string | undefined,
    alias: (name, owner) => run('insert into parts (id, owner) values (?, ?)', name, owner),
    list({ kind, where, limit, order = 'desc' }) {
      const conjuncts = ['kind = ?', 'deleted = 0', ...where.map((condition) => condition.sql)].join(' and ');
      const sql = `select body from objects where ${conjuncts} order by created ${order}, seq ${order} limit ?`;
      const rows = all(sql, kind, ...where.flatMap((condition) => condition.values), limit);
      return rows.map((row) => JSON.parse(String(row.body)));
    },
    position(kind, id) {
      const row = one('select created, seq from objects where id = ? and kind = ?', id, kind);
      return row === undefined ? undefined : { created: Number(row.created), seq: Number(row.seq) };
    },
    dueTimer(clock, until) {
      const row = one(
        'select object, kind, action, due from timers where clock is ? and due <= ? order by due, object, action limit 1',
        clock,
        until,
      );
      return row as unknown as DueTimer | undefined;
    },
    nextTimer(clock) {
      const due = one('select min(due) as due from timers where clock is ?', clock)?.due;
      return typeof due === 'number' ? due : undefined;
    },
    dropTimer: (object, action) => run('delete from timers where object = ? and action = ?', object, action),
    fact: (name) => one('select value from facts where name = ?', name)?.value as string | undefined,
    setFact: (name, value) =>
      run(
        'insert into facts (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
        name,
        value,
      ),
    close() {
      statements.clear();
      db.close();
    },
  };
}
