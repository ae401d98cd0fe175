import { Pool, PoolClient } from 'pg';
import { canonicalJson, DataSyncRequest, digest } from '@bridgecore/contracts';
import { translate } from '@bridgecore/database';
import { Direction } from './direction';
import { PageReport } from './page-report';

/** The records of one model that go from one Odoo to another, as far as one filter lets them. */
export class Stream {
  private readonly key: readonly [string, string, string, string];

  constructor({ source, target }: Direction, { model, filters }: Pick<DataSyncRequest, 'model' | 'filters'>) {
    this.key = [source.system, target.system, model, digest(canonicalJson(filters))];
  }

  /** Up to where earlier runs have read everything: `write_date` in UTC; null when nothing was read yet. */
  async watermark(pool: Pool): Promise<string | null> {
    const rows = await read<{ watermark: string | null }>(
      pool,
      `select watermark from sync_streams where ${OWN}`,
      this.key,
    );
    return rows[0]?.watermark ?? null;
  }

  /** The next of the records that earlier runs could not do, in the order of their ids. */
  async retries(pool: Pool, after: number, limit: number): Promise<number[]> {
    const sql = `select record_id from sync_retries where ${OWN} and record_id > $5 order by record_id limit $6`;
    const rows = await read<{ record_id: number }>(pool, sql, [...this.key, after, limit]);
    return rows.map(({ record_id }) => record_id);
  }

  /** Notes that everything that was written before `watermark` is read; it never goes back. */
  async advance(tx: PoolClient, watermark: string, filters: DataSyncRequest['filters']): Promise<void> {
    await tx.query(
      `insert into sync_streams as stream (source_system, target_system, model, filter_key, filters, watermark)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (source_system, target_system, model, filter_key) do update
          set watermark = greatest(stream.watermark, excluded.watermark), updated_at = now()`,
      [...this.key, JSON.stringify(filters), watermark],
    );
  }

  /** Notes which of the records that were looked at are to be tried again, and that the others are not. */
  async noteRetries(tx: PoolClient, looked: readonly number[], { failures }: PageReport): Promise<void> {
    const failed = [...failures].map(([record_id, { code, message }]) => ({ record_id, code, message }));
    const done = looked.filter((id) => !failures.has(id));
    await tx.query(`delete from sync_retries where ${OWN} and record_id = any($5::int[])`, [...this.key, done]);
    await tx.query(
      `insert into sync_retries as retry (source_system, target_system, model, filter_key, record_id, code, message)
       select $1, $2, $3, $4, record_id, code, message
         from jsonb_to_recordset($5::jsonb) as row (record_id int, code text, message text)
       on conflict (source_system, target_system, model, filter_key, record_id) do update
          set code = excluded.code, message = excluded.message, attempts = retry.attempts + 1, last_failed_at = now()`,
      [...this.key, JSON.stringify(failed)],
    );
  }
}

const OWN = 'source_system = $1 and target_system = $2 and model = $3 and filter_key = $4';

async function read<Row extends object>(pool: Pool, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>(sql, [...values]).catch((error: unknown) => {
    throw translate(error);
  });
  return rows;
}
