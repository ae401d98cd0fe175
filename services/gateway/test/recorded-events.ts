import { DataSource } from 'typeorm';
import { JsonRecord } from '@bridgecore/contracts';
import { createDataSource, migrate } from '@bridgecore/database';
import { createTestDatabase } from '@bridgecore/devkit';

/** A migrated database of its own, with which a test writes what the worker would have recorded. */
export interface RecordedEvents {
  readonly url: string;
  readonly source: DataSource;
  /** Records events that are like each other but for what is given; returns their ids. */
  add(...events: JsonRecord[]): Promise<string[]>;
  drop(): Promise<void>;
}

export async function openRecordedEvents(): Promise<RecordedEvents> {
  const { url, drop } = await createTestDatabase();
  await migrate(url);
  const source = await createDataSource(url).initialize();
  return {
    url,
    source,
    add: async (...events) => {
      const rows = await source.query<{ id: string }[]>(INSERT, [
        JSON.stringify(events.map((event) => ({ ...EVENT, ...event }))),
      ]);
      return rows.map(({ id }) => id);
    },
    drop: async () => {
      await source.destroy();
      await drop();
    },
  };
}

const EVENT = {
  ...{ system: 'odoo', model: 'sale.order', record_id: 25, operation: 'write', priority: 'high', category: 'business' },
  ...{ occurred_at: '2026-11-23T06:22:26Z', received_at: '2026-11-23T06:22:27.5Z', data: { id: 25, name: 'S00025' } },
  ...{ dated: true, is_test: false, correlation_id: 'request-1', changed_fields: ['state'] },
};

const INSERT = `
  insert into webhook_events (system, model, record_id, operation, priority, category, occurred_at, received_at, data,
    content_key, dated, is_test, correlation_id, changed_fields, push_id, pull_id, pushed_at, pulled_at, user_id, user_name)
  select system, model, record_id, operation, priority, category, occurred_at, received_at, data,
    gen_random_uuid(), dated, is_test, correlation_id, changed_fields, push_id, pull_id, pushed_at, pulled_at, user_id, user_name
  from jsonb_to_recordset($1) as event (system text, model text, record_id integer, operation text, priority text,
    category text, occurred_at timestamptz, received_at timestamptz, data jsonb, dated boolean, is_test boolean,
    correlation_id text, changed_fields jsonb, push_id text, pull_id bigint, pushed_at timestamptz, pulled_at timestamptz,
    user_id integer, user_name text)
  returning id`;
