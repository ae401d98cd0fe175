import { loadConfig } from '@bridgecore/runtime';
import { RetentionConfig } from '../src/clean-up/retention-config';
import { cleaning, clearAudit } from './cleaning';
import { openWorkerStack, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
beforeEach(async () => {
  await clearAudit(stack);
  await stack.pool.query(
    'truncate webhook_events, dead_letters, outbox, sync_links, sync_runs, sync_run_records, sync_devices, feed_floors restart identity',
  );
  stack.log.lines.length = 0;
});
afterAll(() => stack.close());

const FOREVER: RetentionConfig = {
  ...{ AUDIT_RETENTION_DAYS: 0, EVENT_RETENTION_DAYS: 0, DEAD_LETTER_RETENTION_DAYS: 0, OUTBOX_RETENTION_DAYS: 0 },
  ...{ SYNC_TOMBSTONE_RETENTION_DAYS: 0, SYNC_RUN_RETENTION_DAYS: 0, DEVICE_RETENTION_DAYS: 0 },
  DELIVERY_RETENTION_DAYS: 0,
};
const ids = async (table: string): Promise<number[]> =>
  (await stack.rows<{ id: string }>(`select id from ${table} order by id`)).map(({ id }) => Number(id));

/** Events of these ages in days, in the order of their ids. */
async function events(...days: number[]): Promise<void> {
  await stack.pool.query(
    `insert into webhook_events (system, model, record_id, operation, occurred_at, received_at, recorded_at, priority, data,
                                 content_key, dated, is_test, correlation_id)
     select 'odoo', 'sale.order', 1, 'write', now(), now(), now() - days * interval '24 hours', 'high', '{}', gen_random_uuid(),
            false, false, 'c-1' from unnest($1::float8[]) with ordinality as age (days, n) order by n`,
    [days],
  );
}

async function entry(event: number, days: number): Promise<void> {
  await stack.pool.query(
    `insert into outbox (subscriber, event_id, system, created_at, attempts, last_error)
     values ('notify', $1, 'odoo', now() - $2 * interval '24 hours', 3, 'away')`,
    [event, days],
  );
}

async function letter(status: string, closed: string): Promise<void> {
  await stack.pool.query(
    `insert into dead_letters (system, origin, raw, raw_hash, reason, error, correlation_id, status, closed_at, first_failed_at, last_failed_at)
     values ('odoo', 'push', '{}', gen_random_uuid(), '22P05', 'x', 'c-1', $1, ${closed}, now() - interval '99 days', now() - interval '99 days')`,
    [status],
  );
}

async function run(endedDaysAgo: number | null, records: number): Promise<string> {
  const [row] = await stack.rows<{ id: string }>(
    `insert into sync_runs (id, source_system, target_system, model, request, state, requested_at, ended_at)
     values (gen_random_uuid(), 'a', 'b', 'res.partner', '{}', 'done', now(), now() - $1::float8 * interval '24 hours') returning id`,
    [endedDaysAgo],
  );
  await stack.pool.query(
    `insert into sync_run_records (run_id, direction, model, record_id, action)
     select $1, 'forward', 'res.partner', n, 'created' from generate_series(1, $2::int) as n`,
    [row?.id, records],
  );
  return row?.id ?? '';
}

describe('the settings of the retentions', () => {
  it('keep events and what follows them for ever by default', () => {
    expect(loadConfig([RetentionConfig], {})).toEqual({
      ...{ AUDIT_RETENTION_DAYS: 90, EVENT_RETENTION_DAYS: 0, DEAD_LETTER_RETENTION_DAYS: 90 },
      ...{ OUTBOX_RETENTION_DAYS: 0, SYNC_TOMBSTONE_RETENTION_DAYS: 90, SYNC_RUN_RETENTION_DAYS: 30 },
      ...{ DEVICE_RETENTION_DAYS: 90, DELIVERY_RETENTION_DAYS: 30 },
    });
  });

  it.each(['-1', '1.5', 'ninety', '36501'])('refuse %s days', (days) => {
    expect(() => loadConfig([RetentionConfig], { AUDIT_RETENTION_DAYS: days })).toThrow('AUDIT_RETENTION_DAYS');
  });
});

describe('the clean-up', () => {
  it('keeps everything else for ever with 0 days', async () => {
    await events(9_999);
    await entry(1, 9_999);
    await letter('discarded', `now() - interval '9999 days'`);
    await run(9_999, 1);
    await stack.pool.query(
      `insert into sync_links (left_system, right_system, model, left_id, deleted_at) values ('a', 'b', 'm', 1, '2001-01-01')`,
    );

    const report = await cleaning(stack, FOREVER).run();

    expect(report).toMatchObject({ outcome: 'done', deleted: {} });
    const tables = ['webhook_events', 'outbox', 'dead_letters', 'sync_runs', 'sync_run_records', 'sync_links'];
    for (const table of tables) expect(await stack.rows(`select 1 from ${table}`)).toHaveLength(1);
  });

  it('deletes events by when they were recorded, but none that something has still to follow', async () => {
    await events(12, 11, 9, 10.01, 1);
    await entry(2, 1);

    const report = await cleaning(stack, { ...FOREVER, EVENT_RETENTION_DAYS: 10 }).run();

    expect(report['deleted']).toEqual({ webhook_events: 2 });
    expect(await ids('webhook_events')).toEqual([2, 3, 5]);
  });

  it('deletes events of many pages, and looks no further than it must', async () => {
    await events(...Array.from({ length: 4_100 }, () => 20), ...Array.from({ length: 4_100 }, () => 1), 20);

    const { counted, run: clean } = cleaning(stack, { ...FOREVER, EVENT_RETENTION_DAYS: 10 });
    await clean();

    expect(counted).toEqual({ webhook_events: 4_100 });
    expect((await ids('webhook_events'))[0]).toBe(4_101);
  });

  it('deletes letters that were closed long ago, and never an open one', async () => {
    await letter('open', 'null');
    await letter('replayed', `now() - interval '11 days'`);
    await letter('discarded', `now() - interval '11 days'`);
    await letter('discarded', `now() - interval '9 days'`);
    await letter('replayed', 'null'); // of the first version: its last failure is all that is known

    const report = await cleaning(stack, { ...FOREVER, DEAD_LETTER_RETENTION_DAYS: 10 }).run();

    expect(report['deleted']).toEqual({ dead_letters: 3 });
    expect(await ids('dead_letters')).toEqual([1, 4]);
  });

  it('gives up entries of the outbox that are too old, each with an audit row, and says so', async () => {
    await events(20, 20);
    await entry(1, 11);
    await entry(2, 9);

    const config = { ...FOREVER, OUTBOX_RETENTION_DAYS: 10, EVENT_RETENTION_DAYS: 10 };
    const report = await cleaning(stack, config).run();

    expect(report['deleted']).toEqual({ outbox: 1, webhook_events: 1 });
    expect(await ids('outbox')).toEqual([2]);
    expect(await ids('webhook_events')).toEqual([2]);
    expect(await stack.rows(`select * from audit_logs where action = 'outbox.given_up'`)).toMatchObject([
      { event_id: '1', system: 'odoo', error: 'away', detail: { outbox_id: '1', subscriber: 'notify', attempts: 3 } },
    ]);
    expect(stack.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'outbox.given_up', subscriber: 'notify', entries: 1 }),
    );
  });

  it('leaves an entry that is handed on at this moment', async () => {
    await entry(1, 11);
    const relay = await stack.pool.connect();
    await relay.query('begin');
    await relay.query('select 1 from outbox for update');

    const report = await cleaning(stack, { ...FOREVER, OUTBOX_RETENTION_DAYS: 10 }).run();
    await relay.query('commit');
    relay.release();

    expect(report['deleted']).toEqual({ outbox: 0 });
    expect(await ids('outbox')).toEqual([1]);
  });

  it('deletes tombstones, and no link that is alive', async () => {
    await stack.pool.query(
      `insert into sync_links (left_system, right_system, model, left_id, deleted_at)
       values ('a', 'b', 'm', 1, now() - interval '11 days'), ('a', 'b', 'm', 2, now() - interval '9 days'), ('a', 'b', 'm', 3, null)`,
    );

    const report = await cleaning(stack, { ...FOREVER, SYNC_TOMBSTONE_RETENTION_DAYS: 10 }).run();

    expect(report['deleted']).toEqual({ sync_links: 1 });
    expect(await ids('sync_links')).toEqual([2, 3]);
  });

  it('deletes runs that ended long ago with what they said of records', async () => {
    await run(11, 4_100);
    const kept = [await run(9, 2), await run(null, 3)];

    const report = await cleaning(stack, { ...FOREVER, SYNC_RUN_RETENTION_DAYS: 10 }).run();

    expect(report['deleted']).toEqual({ sync_runs: 1, sync_run_records: 4_100 });
    expect((await stack.rows<{ id: string }>('select id from sync_runs')).map(({ id }) => id).sort()).toEqual(
      kept.sort(),
    );
    expect(await stack.rows('select 1 from sync_run_records')).toHaveLength(5);
  });

  it('notes the last event of each system that it has deleted, for those who read on from before', async () => {
    await events(20, 20, 1);
    await stack.pool.query(`update webhook_events set system = 'paris' where id = 1`);
    await stack.pool.query(`insert into feed_floors values ('paris', 7, now())`); // a floor is never lowered

    await cleaning(stack, { ...FOREVER, EVENT_RETENTION_DAYS: 10 }).run();

    const floors = await stack.rows(
      `select system, id::int, recorded_at < now() - interval '19 days' as is_old from feed_floors order by system`,
    );
    expect(floors).toEqual([
      { system: 'odoo', id: 2, is_old: true },
      { system: 'paris', id: 7, is_old: false },
    ]);
  });

  it('forgets devices that were not seen for long, and none that calls at this moment', async () => {
    await stack.pool.query(
      `insert into sync_devices (system, user_id, device_id, app_type, position, handed_out, seen_at)
       select 'odoo', 'u', 'd-' || n, 'sales', '', '', now() - n * interval '24 hours' from generate_series(8, 12) as n`,
    );
    const device = await stack.pool.connect();
    await device.query('begin');
    await device.query(`select 1 from sync_devices where device_id = 'd-12' for update`);

    const report = await cleaning(stack, { ...FOREVER, DEVICE_RETENTION_DAYS: 10 }).run();
    await device.query('commit');
    device.release();

    expect(report['deleted']).toEqual({ sync_devices: 2 });
    const left = await stack.rows<{ device_id: string }>('select device_id from sync_devices order by device_id');
    expect(left.map(({ device_id }) => device_id)).toEqual(['d-12', 'd-8', 'd-9']);
  });

  it('goes on where the one before was interrupted', async () => {
    await events(...Array.from({ length: 6_000 }, () => 20));
    const config = { ...FOREVER, EVENT_RETENTION_DAYS: 10 };
    const first = cleaning(stack, config);
    Object.defineProperty(first.counted, 'webhook_events', { set: () => first.ended.abort(), get: () => 0 });

    const broken = await first.run();
    const next = await cleaning(stack, config).run();

    expect(broken).toMatchObject({ outcome: 'interrupted', deleted: { webhook_events: 2_000 } });
    expect(next).toMatchObject({ outcome: 'done', deleted: { webhook_events: 4_000 } });
  });
});
