import { Pool, PoolClient } from 'pg';
import { BridgeError } from '@bridgecore/contracts';
import { Dependency, Log } from '@bridgecore/runtime';

/** How a pool behaves: how many connections, and how long one statement may take. */
export interface PoolOptions {
  readonly max: number;
  readonly statementTimeoutMs: number;
}

/**
 * Connections with bounds on everything that could hold others up: a statement, a wait for a lock, and a process that
 * is frozen inside a transaction.
 */
export function createPool(url: string, log: Log, { max, statementTimeoutMs }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 10_000,
    query_timeout: statementTimeoutMs + 5_000, // a server that hangs answers no timeout of its own
  });
  // A connection in use has no listener of the pool's: without one of its own, its loss would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => undefined); // the query under way, or the next one, fails and tells
  });
  pool.on('error', (error) => {
    log.warn('postgres.connection_lost', { error });
  });
  return pool;
}

/** Runs `work` in one READ COMMITTED transaction. What is wrong with PostgreSQL itself is `DATABASE_UNAVAILABLE`. */
export async function inTransaction<T>(pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect().catch((error: unknown) => {
    throw unavailable(`PostgreSQL is not available: ${(error as Error).message}`, error);
  });
  let broken: Error | undefined;
  try {
    await tx.query('begin isolation level read committed');
    const result = await work(tx);
    await tx.query('commit');
    return result;
  } catch (error) {
    broken = await rollBack(tx, error);
    throw translate(error);
  } finally {
    tx.release(broken);
  }
}

/** Ends a failed transaction; tells why the connection cannot be used again. One that hangs is not asked to wait twice. */
async function rollBack(tx: PoolClient, error: unknown): Promise<Error | undefined> {
  if (sqlState(error) === undefined && isConnectionError(error)) return error as Error;
  return tx.query('rollback').then(
    () => undefined,
    (failure: unknown) => failure as Error,
  );
}

/**
 * SQLSTATE classes that are not about the data: connection, conflicts of transactions, resources, operator, limits; and
 * what an operator has to mend: no such role or database, a standby or a full disk that is read-only.
 */
const TRANSIENT = /^(08|28|3D|40|53|55|57|58|25006|25P03)/;

/** Only SQLSTATE classes 22 and 23 are about the data; without an SQLSTATE it is the connection. */
export function isDataError(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

/** A table or a column that this version needs is not there. */
const SCHEMA_MISSING = /^42(P01|703)$/;

/** PostgreSQL away, overloaded, in conflict or not migrated → `DATABASE_UNAVAILABLE`, which is tried again; the rest as it is. */
export function translate(error: unknown): unknown {
  const state = sqlState(error);
  if (SCHEMA_MISSING.test(state ?? '')) {
    return unavailable('The database has not the schema that this version needs: apply the migrations.', error);
  }
  const isConnection = state === undefined && isConnectionError(error);
  if (!isConnection && !TRANSIENT.test(state ?? '')) return error;
  return unavailable(`PostgreSQL is not available: ${(error as Error).message}`, error);
}

function unavailable(message: string, cause: unknown): BridgeError {
  return new BridgeError('DATABASE_UNAVAILABLE', message, { cause, retryAfterSeconds: 5 });
}

function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(?!E[A-Z]{4}$)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Errors of the socket carry a code of the system (not Node's `ERR_…`, which are bugs); those of `pg` only a text. */
function isConnectionError(error: unknown): boolean {
  if (error instanceof BridgeError || error instanceof TypeError) return false;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }; // no `instanceof`: it may be of another realm
  if (typeof code === 'string') return /^E(AI_)?[A-Z]+$/.test(code);
  return typeof message === 'string' && /connection|timeout|Client was closed/i.test(message);
}

/** PostgreSQL as something that may be away for long: resolves `returned` when it answers again. */
export function databaseDependency(pool: Pool, signal: AbortSignal): Dependency {
  return {
    isAway: (error) => error instanceof BridgeError && error.code === 'DATABASE_UNAVAILABLE',
    returned: async () => {
      while (!signal.aborted && !(await answers(pool))) await new Promise((resolve) => setTimeout(resolve, 500));
    },
  };
}

/** True when PostgreSQL answers a query now. */
export async function answers(pool: Pool): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  );
}
