import { randomBytes } from 'node:crypto';
import { createTestRedis } from '@bridgecore/devkit';
import { createDataSource } from '@bridgecore/database';
import { DataSource } from 'typeorm';
import { Answer, call, get } from './calls';
import { clearFeed, DEVICE, FeedStack, idsIn, openFeedStack, positionIn } from './feed-stack';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY } from './test-keys';

const closings: (() => Promise<unknown>)[] = [];
let stack: FeedStack;

beforeAll(async () => {
  stack = await openFeedStack();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  await clearFeed(stack);
});
afterAll(() => stack.close());

const recordIds = ({ body }: Answer): unknown[] =>
  (body['events'] as { record_id: number }[]).map(({ record_id }) => record_id);
const events = (...ids: number[]): { record_id: number }[] => ids.map((record_id) => ({ record_id }));

interface Restored {
  readonly source: DataSource;
  feed(after: string): Promise<Answer>;
  pull(different?: object): Promise<Answer>;
}

/** A backup of the database as it is: a copy, which PostgreSQL makes with everything in it. */
async function backUp(): Promise<string> {
  const url = new URL(stack.recorded.url);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const from = url.pathname.slice(1);
  const admin = await createDataSource(Object.assign(new URL(url), { pathname: '/postgres' }).href).initialize();
  // Nobody may be connected to what is copied: the gateway connects again.
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [from]);
  await admin.query(`create database ${name} template ${from}`);
  closings.push(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.destroy();
  });
  return Object.assign(url, { pathname: `/${name}` }).href;
}

/** The backup takes the database's place. */
async function restore(databaseUrl: string): Promise<Restored> {
  const { url: redisUrl } = await createTestRedis();
  const gateway: RunningGateway = await ready(await openTestGateway({ redisUrl, databaseUrl }), 'ready');
  const source = await createDataSource(databaseUrl).initialize();
  closings.push(() => gateway.close());
  closings.push(() => source.destroy());
  return {
    source,
    feed: (after) => get(`${gateway.url}/api/v1/feed?after=${after}`, OPERATOR_KEY),
    pull: (different = {}) =>
      call(`${gateway.url}/api/v1/sync/pull`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR_KEY}` },
        body: JSON.stringify({ ...DEVICE, ...different }),
      }),
  };
}

/** What Odoo's next pull brings again has the next ids, now of other events. */
async function recordAgain(source: DataSource, ...ids: number[]): Promise<void> {
  await source.query(
    `insert into webhook_events (system, model, record_id, operation, occurred_at, received_at, priority, data, content_key,
                                 dated, is_test, correlation_id)
     select 'odoo', 'sale.order', id, 'write', now(), now(), 'low', '{}', gen_random_uuid(), false, false, 'c'
       from unnest($1::int[]) with ordinality as given (id, n) order by n`,
    [ids],
  );
}

/** Two hours ago, so that an overlap of one does not bring everything. */
async function age(): Promise<void> {
  await stack.recorded.source.query(`update webhook_events set recorded_at = recorded_at - interval '2 hours'`);
}

describe('a database that was restored', () => {
  it('is noticed by a reader of the feed: some events come again, and none is skipped', async () => {
    await stack.recorded.add(...events(1, 2));
    await age();
    await stack.recorded.add(...events(3));
    const backup = await backUp();
    await stack.recorded.add(...events(4, 5));
    const position = positionIn(await stack.feed());

    const restored = await restore(backup);
    await recordAgain(restored.source, 5, 6, 4); // ids that were other events'
    const again = await restored.feed(position);
    const next = await restored.feed(positionIn(again));

    expect(again.body['epoch_changed']).toBe(true);
    expect(recordIds(again)).toEqual([3, 5, 6, 4]);
    expect(next.body).toMatchObject({ events: [], epoch_changed: false });
  });

  it('is noticed by a device that it knows as it was, and told until the device acknowledges again', async () => {
    await stack.recorded.add(...events(1));
    await age();
    const start = positionIn(await stack.pull());
    await stack.recorded.add(...events(2));
    const backup = await backUp();
    await stack.recorded.add(...events(3, 4));
    const ack = positionIn(await stack.pull({ ack: start }));

    const restored = await restore(backup);
    await recordAgain(restored.source, 4, 5, 3);
    const pages = [await restored.pull({ ack }), await restored.pull({ ack })];
    const next = await restored.pull({ ack: positionIn(pages[1] as Answer) });

    expect(pages.map(({ body }) => body['epoch_changed'])).toEqual([true, true]);
    expect(pages.map(recordIds)).toEqual([
      [2, 4, 5, 3],
      [2, 4, 5, 3],
    ]);
    expect(next.body).toMatchObject({ events: [], epoch_changed: false });
  });

  it('takes up a device that it does not know, from what it acknowledges', async () => {
    const backup = await backUp();
    const start = positionIn(await stack.pull());
    await stack.recorded.add(...events(1));
    const ack = positionIn(await stack.pull({ ack: start }));

    const restored = await restore(backup);
    await recordAgain(restored.source, 1, 2);
    const page = await restored.pull({ ack });

    expect(page.body['epoch_changed']).toBe(true);
    expect(recordIds(page)).toEqual([1, 2]);
  });
});

describe('rows that were copied back into the same table', () => {
  it('are noticed by the event at the position, which is another one or none', async () => {
    await stack.pull();
    await stack.recorded.add(...events(1, 2, 3));
    const end = positionIn(await stack.feed());
    const ack = positionIn(await stack.pull());
    await stack.pull({ ack });

    await stack.recorded.source.query('delete from webhook_events where id > 1');
    const missing = await stack.feed(`after=${end}`);
    await stack.recorded.source.query('alter table webhook_events alter id restart with 2');
    await stack.recorded.add(...events(7, 8, 9));
    const other = await stack.feed(`after=${end}`);
    const device = await stack.pull();
    const next = await stack.pull({ ack: positionIn(device) });

    expect([missing, other, device, next].map(({ body }) => body['epoch_changed'])).toEqual([true, true, true, false]);
    expect([missing, other, device, next].map(recordIds)).toEqual([[1], [1, 7, 8, 9], [1, 7, 8, 9], []]);
  });

  it('can be told of by hand', async () => {
    await stack.recorded.add(...events(1));
    const position = positionIn(await stack.feed());
    await stack.recorded.source.query('update feed_identity set id = gen_random_uuid()');

    const answer = await stack.feed(`after=${position}`);

    expect(answer.body).toMatchObject({ epoch_changed: true });
    expect(idsIn(answer)).toEqual([1]);
  });
});

describe('the epoch', () => {
  it('is told without what PostgreSQL may not be asked', async () => {
    const { source } = stack.recorded;
    const role = `reader_${randomBytes(4).toString('hex')}`;
    await source.query(`create role ${role}; grant select on all tables in schema public to ${role};
      revoke execute on function pg_control_system(), pg_walfile_name(pg_lsn) from public`);
    const runner = source.createQueryRunner();

    await runner.query(`set role ${role}`);
    const restricted = (await runner.query('select feed_epoch() as epoch')) as { epoch: string }[];
    await runner.query('reset role');
    const [usual] = await source.query<{ epoch: string }[]>('select feed_epoch() as epoch');
    await runner.query(`grant execute on function pg_control_system(), pg_walfile_name(pg_lsn) to public;
      drop owned by ${role}; drop role ${role}`);
    await runner.release();

    expect(restricted[0]?.epoch).toMatch(/^[0-9a-f]{12}$/);
    expect(restricted[0]?.epoch).not.toBe(usual?.epoch);
  });
});
