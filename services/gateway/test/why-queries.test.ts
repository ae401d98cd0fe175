import { QUERIES } from '../src/why/recorded-record';
import { openRecordedEvents, RecordedEvents } from './recorded-events';

let recorded: RecordedEvents;

beforeAll(async () => {
  recorded = await openRecordedEvents();
  await recorded.source.query(FILL);
  await recorded.source.query('analyze');
}, 60_000);
afterAll(() => recorded.drop());

/** 30,000 events of 1,000 records in three systems, each with an audit row, and 10,000 dead letters. */
const FILL = `
  insert into webhook_events (system, model, record_id, operation, priority, occurred_at, received_at, data, content_key, dated, is_test, correlation_id)
  select (array['lyon', 'odoo', 'paris'])[1 + n % 3], 'sale.order', n / 30, 'write', 'high', now(), now(), '{}', gen_random_uuid(), true, false, 'c'
    from generate_series(0, 29999) as n;
  insert into audit_logs (service, worker, action, outcome, event_id) select 'worker', 'w', 'event.recorded', 'recorded', id from webhook_events;
  insert into dead_letters (system, origin, origin_id, raw, raw_hash, reason, error, model, record_id, correlation_id)
  select 'odoo', 'push', n::text, repeat('x', 200), gen_random_uuid(), '22P05', 'e', 'sale.order', n / 10, 'c' from generate_series(0, 9999) as n;`;

async function plan(sql: string, values: unknown[]): Promise<string> {
  const rows = await recorded.source.query<{ 'QUERY PLAN': string }[]>(`explain ${sql}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('the story of a record is read', () => {
  it.each([
    ['events of any system', QUERIES.eventIds, [null, 'sale.order', 500, 21], 'webhook_events_record'],
    ['events of one system', QUERIES.eventIds, ['odoo', 'sale.order', 500, 21], 'webhook_events_record'],
    ['dead letters', QUERIES.deadLetterIds, [null, 'sale.order', 500, 50], 'dead_letters_record'],
    ['dead letters of one system', QUERIES.deadLetterIds, ['odoo', 'sale.order', 500, 50], 'dead_letters_record'],
  ])('by an index alone: %s', async (_, sql, values, index) => {
    const found = await plan(sql, values);

    expect(found).toContain(index);
    expect(found).not.toContain('Seq Scan');
  });

  it('by an index in each month: the audit', async () => {
    const found = await plan(QUERIES.auditOfEvents, [['1', '2', '3'], 50]);

    expect(found).toMatch(/Index Scan using audit_logs_\d{4}_\d\d_event_id_idx/);
    const [month] = await recorded.source.query<{ name: string }[]>(
      `select 'audit_logs_' || to_char(now() at time zone 'UTC', 'YYYY_MM') as name`,
    );
    expect(found).not.toContain(`Seq Scan on ${String(month?.name)}`);
  });

  it('and is found so: in one system, in all, and a model that was never seen', async () => {
    const ask = (sql: string, values: unknown[]): Promise<object[]> => recorded.source.query(sql, values);

    expect(await ask(QUERIES.eventIds, [null, 'sale.order', 500, 50])).toHaveLength(30);
    expect(await ask(QUERIES.eventIds, ['odoo', 'sale.order', 500, 50])).toHaveLength(10);
    expect(await ask(QUERIES.modelSeenFrom, ['sale.order'])).toEqual([
      ...[{ system: 'lyon' }, { system: 'odoo' }, { system: 'paris' }],
    ]);
    expect(await ask(QUERIES.modelSeenFrom, ['res.partner'])).toEqual([]);
  });
});
