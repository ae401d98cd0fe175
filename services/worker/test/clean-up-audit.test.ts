import { cleaning, clearAudit, exists, left, month, nameOf, writeAt } from './cleaning';
import { openWorkerStack, WorkerStack } from './worker-stack';

/** The cutoff of 90 days, a minute off to either side. */
const OLD = `now() - interval '2160 hours 1 minute'`;
const YOUNG = `now() - interval '2159 hours 59 minutes'`;

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
beforeEach(async () => {
  await clearAudit(stack);
  stack.log.lines.length = 0;
});
afterAll(() => stack.close());

describe('the clean-up of the audit', () => {
  it('drops months that are over, deletes what else is too old, and keeps what is younger', async () => {
    await writeAt(stack, { over: month(7), end: `${month(6)} - interval '1 microsecond'`, older: month(5) });
    await writeAt(stack, { remainder: OLD, young: YOUNG, recent: month(1), now: 'now()' });
    const { run, counted } = cleaning(stack);

    const report = await run({ key_id: 'operator', correlation_id: 'request-1' });

    expect(report).toMatchObject({ outcome: 'done', deleted: { audit_logs: 4 }, waiting: [] });
    expect(report['dropped']).toEqual(expect.arrayContaining([await nameOf(stack, 7), await nameOf(stack, 5)]));
    expect(counted).toEqual({ audit_logs: 4 });
    expect(await left(stack)).toEqual(['young', 'recent', 'now']);
    expect(await exists(stack, await nameOf(stack, 7))).toBe(false);
    const { outcome, ...detail } = report;
    expect(await stack.rows(`select * from audit_logs where action = 'clean_up.done'`)).toMatchObject([
      {
        ...{ outcome, key_id: 'operator', correlation_id: 'request-1', service: 'worker' },
        detail: { deleted: detail['deleted'], dropped: detail['dropped'], waiting: [] },
      },
    ]);
  });

  it('deletes a remainder of many chunks to the row', async () => {
    const rows = (from: string, to: string, count: number): Promise<unknown> =>
      stack.pool.query(
        `insert into audit_logs (at, service, worker, action, outcome)
         select ${from} + n * ((${to}) - (${from})) / ${count}, 'worker', 'test', 'bulk', 'done'
           from generate_series(0, ${count - 1}) as n`,
      );
    await writeAt(stack, { first: OLD, kept: YOUNG });
    await rows(OLD, `now() - interval '2160 hours 10 seconds'`, 30_000); // a row belongs to the month that its time is in
    await rows(YOUNG, `now() - interval '2159 hours'`, 10_000);

    const report = await cleaning(stack).run();

    expect(report['deleted']).toEqual(expect.objectContaining({ audit_logs: 30_001 }));
    expect((await left(stack)).filter((action) => action === 'bulk')).toHaveLength(10_000);
    expect(await left(stack)).toContain('kept');
  });

  it('keeps everything for ever with 0 days', async () => {
    await writeAt(stack, { ancient: month(60), now: 'now()' });

    const report = await cleaning(stack, { AUDIT_RETENTION_DAYS: 0 }).run();

    expect(report).toMatchObject({ outcome: 'done', deleted: {}, dropped: [] });
    expect(await left(stack)).toEqual(['ancient', 'now']);
  });

  it('never touches the month of now, whatever the retention', async () => {
    await writeAt(stack, { ['two days']: `now() - interval '48 hours'`, now: 'now()' });

    await cleaning(stack, { AUDIT_RETENTION_DAYS: 1 }).run();

    expect(await left(stack)).toEqual(['now']);
    expect(await exists(stack, await nameOf(stack, 0))).toBe(true);
  });

  it('makes the months to come', async () => {
    const future = await nameOf(stack, -3);
    await stack.pool.query(`drop table ${future}`);

    await cleaning(stack).run();

    expect(await exists(stack, future)).toBe(true);
  });

  it('cuts at months of UTC in a database of another time zone', async () => {
    await stack.pool.query(`do $$ begin
      execute format('alter database %I set timezone = ''Pacific/Auckland''', current_database()); end $$`);
    const days = await stack.rows<{ days: number }>(
      `select (extract(epoch from now() - (${month(2)})) / 86400)::int as days`,
    );
    await writeAt(stack, { last: `${month(4)} - interval '1 microsecond'`, old: month(4), young: month(1) });

    const report = await cleaning(stack, { AUDIT_RETENTION_DAYS: Math.max(days[0]?.days ?? 0, 1) }).run();
    await stack.pool.query(`do $$ begin
      execute format('alter database %I reset timezone', current_database()); end $$`);

    expect(report['dropped']).toEqual(expect.arrayContaining([await nameOf(stack, 5), await nameOf(stack, 4)]));
    expect(await left(stack)).toEqual(['young']);
  });

  it('drops a month that was detached and left, and none that is not over', async () => {
    const [over, younger] = [await nameOf(stack, 6), await nameOf(stack, 1)];
    await writeAt(stack, { over: month(6), younger: month(1) });
    for (const name of [over, younger]) await stack.pool.query(`alter table audit_logs detach partition ${name}`);

    const report = await cleaning(stack).run();

    expect(report).toMatchObject({ deleted: { audit_logs: 1 }, dropped: [over] });
    expect(await exists(stack, younger)).toBe(true);
  });

  it('keeps a table that is called after a month and holds younger rows, and says so', async () => {
    const name = await nameOf(stack, 8);
    await stack.pool.query(`create table ${name} as select now() as at`);

    const report = await cleaning(stack).run();

    expect(report['dropped']).toEqual([]);
    expect(await exists(stack, name)).toBe(true);
    expect(stack.log.lines).toContainEqual(
      expect.objectContaining({ message: 'clean_up.kept', table: name, young: 1 }),
    );
  });

  it('leaves a table that only resembles a month', async () => {
    await stack.pool.query(
      'create table audit_logs_2020_13 (at timestamptz); create table audit_logs_2020_01_copy (x int)',
    );

    await cleaning(stack).run();

    expect([await exists(stack, 'audit_logs_2020_13'), await exists(stack, 'audit_logs_2020_01_copy')]).toEqual([
      true,
      true,
    ]);
    await stack.pool.query('drop table audit_logs_2020_13, audit_logs_2020_01_copy');
  });
});
