import type { Pool, PoolClient, QueryResult } from 'pg';

export interface Caller {
  readonly role: string;
  /** The signed-in person; nobody if left out. */
  readonly sub?: string;
}

export interface Outcome {
  readonly rows: Record<string, unknown>[];
  readonly touched: number;
  /** The SQLSTATE with which the statement was refused. */
  readonly refused?: string;
}

/**
 * One statement as a role with claims, in a transaction that is rolled back. `look` sees what the statement left behind, as the superuser,
 * before that.
 */
export async function attempt(
  admin: Pool,
  caller: Caller,
  sql: string,
  values: readonly unknown[] = [],
  look?: (client: PoolClient) => Promise<void>,
): Promise<Outcome> {
  const client = await admin.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('role', $1::text, true), set_config('request.jwt.claims', $2::text, true)`, [
      caller.role,
      JSON.stringify(caller),
    ]);
    let result: QueryResult<Record<string, unknown>>;
    try {
      result = await client.query(sql, [...values]);
    } catch (error) {
      return { rows: [], touched: 0, refused: (error as { code?: string }).code ?? String(error) };
    }
    if (look !== undefined) {
      await client.query('reset role');
      await look(client);
    }
    return { rows: result.rows, touched: result.rowCount ?? 0 };
  } finally {
    await client.query('rollback');
    client.release();
  }
}
