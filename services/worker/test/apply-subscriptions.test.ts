import { randomBytes } from 'node:crypto';
import { secretOwner } from '@bridgecore/database';
import { until } from '@bridgecore/devkit';
import { Sealer } from '@bridgecore/runtime';
import { applySubscriptions, applyWhenUp } from '../src/notify/apply-subscriptions';
import { DeclaredSubscription, subscriptionsOf } from '../src/notify/subscriptions-file';
import { subscribe } from './subscribed';
import { clear, openWorkerStack, WorkerStack } from './worker-stack';

const KEY = { kid: 'k1', bytes: randomBytes(32) };
const secret = (byte: number): string => `whsec_${Buffer.alloc(24, byte).toString('base64')}`;
let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
beforeEach(async () => {
  await clear(stack.pool);
  stack.log.lines.length = 0;
});
afterAll(() => stack.close());

/** Subscriptions as a file declares them. */
function file(...subscriptions: object[]): DeclaredSubscription[] {
  const text = JSON.stringify({
    subscriptions: subscriptions.map((one) => ({ url: 'https://shop.example/hooks', secrets: [secret(1)], ...one })),
  });
  return subscriptionsOf({ SUBSCRIPTIONS_FILE: 'f', SECRET_KEYS_FILE: 'k' }, () => text, {}) ?? [];
}

const apply = (declared: readonly DeclaredSubscription[], sealer = new Sealer([KEY])) =>
  applySubscriptions(declared, { ...stack, sealer });
/** Everything that is written, with the versions of the rows. */
const written = () =>
  Promise.all(
    ['subscriptions', 'subscription_secrets'].map((table) => stack.rows(`select xmin, * from ${table} order by id`)),
  );
const audit = async (): Promise<unknown[]> =>
  (await stack.rows<{ action: string; detail: object }>('select action, detail from audit_logs order by id')).map(
    ({ action, detail }) => [action, detail],
  );

async function opened(id: string, key = KEY): Promise<string[]> {
  const rows = await stack.rows<{ sealed: string }>(
    'select sealed from subscription_secrets where subscription_id = $1 order by id desc',
    [id],
  );
  return Promise.all(rows.map(({ sealed }) => new Sealer([key]).open(sealed, secretOwner(id))));
}

describe('the subscriptions of a file', () => {
  it('are made with sealed secrets, newest first as in the file, each with an audit row', async () => {
    const counts = await apply(
      file({ name: 'shop', secrets: [secret(2), secret(1)], filter: { models: ['sale.order'] } }, { name: 'crm' }),
    );

    expect(counts).toEqual({ declared: 2, changed: 0, removed: 0, unchanged: 0 });
    expect(await stack.rows('select name, origin, filter, body, state from subscriptions order by id')).toEqual([
      { name: 'shop', origin: 'file', filter: { models: ['sale.order'] }, body: 'recorded', state: 'active' },
      { name: 'crm', origin: 'file', filter: {}, body: 'recorded', state: 'active' },
    ]);
    expect(await opened('1')).toEqual([secret(2), secret(1)]);
    expect(await audit()).toEqual([
      ['subscription.declared', { subscription: 'shop' }],
      ['subscription.declared', { subscription: 'crm' }],
    ]);
    expect(stack.log.lines).toMatchObject([{ level: 'info', message: 'subscriptions.applied', declared: 2 }]);
  });

  it('are not written again when nothing has changed', async () => {
    const condition = { amount_total: { $gte: 1000 }, state: 'sale' };
    const declared = file({ name: 'shop', filter: { systems: ['odoo'], condition }, rate_per_minute: 60 });
    await apply(declared);
    const before = await written();

    const counts = await apply(declared);

    expect(counts).toEqual({ declared: 0, changed: 0, removed: 0, unchanged: 1 });
    expect(await written()).toEqual(before);
    expect(await audit()).toHaveLength(1);
  });

  it('are changed where the file is, told by the fields; what is paused stays so', async () => {
    await apply(file({ name: 'shop' }));
    await stack.pool.query(`update subscriptions set state = 'paused', paused_by = 'operator'`);

    const counts = await apply(file({ name: 'shop', body: 'changed', secrets: [secret(2), secret(1)] }));

    expect(counts).toMatchObject({ changed: 1 });
    const sql = 'select id, body, state, updated_at > created_at as is_dated from subscriptions';
    expect(await stack.rows(sql)).toEqual([{ id: '1', body: 'changed', state: 'paused', is_dated: true }]);
    expect(await opened('1')).toEqual([secret(2), secret(1)]);
    expect((await audit()).at(-1)).toEqual([
      'subscription.changed',
      { subscription: 'shop', fields: ['body', 'secrets'] },
    ]);
  });

  it('are removed with their secrets when the file has them no more; those of the API are left alone', async () => {
    await subscribe(stack, 'by-hand');
    await apply(file({ name: 'shop' }));

    const counts = await apply([]);

    expect(counts).toMatchObject({ removed: 1 });
    expect(await stack.rows('select name from subscriptions where removed_at is null')).toEqual([{ name: 'by-hand' }]);
    expect(await stack.rows('select 1 from subscription_secrets')).toEqual([]);
    expect((await audit()).at(-1)).toEqual(['subscription.removed', { subscription: 'shop' }]);
  });

  it('may have the name of one that is removed, and are then another one', async () => {
    await apply(file({ name: 'shop' }));
    await apply([]);

    await apply(file({ name: 'shop' }));

    expect(await stack.rows('select id from subscriptions where removed_at is null')).toEqual([{ id: '2' }]);
  });

  it('are refused when one of the API has the name, and then none is made', async () => {
    await subscribe(stack, 'shop');

    const refused = apply(file({ name: 'crm' }, { name: 'shop' }));

    await expect(refused).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('declares "shop"') as string,
    });
    expect(await stack.rows('select name from subscriptions')).toEqual([{ name: 'shop' }]);
  });

  it('get their secrets anew when the key of before is gone', async () => {
    await apply(file({ name: 'shop' }));
    const other = { kid: 'k2', bytes: randomBytes(32) };

    await apply(file({ name: 'shop' }), new Sealer([other]));

    expect(await opened('1', other)).toEqual([secret(1)]);
  });

  it('are made once by workers that start together', async () => {
    const declared = file({ name: 'shop' }, { name: 'crm' });

    const counts = await Promise.all([apply(declared), apply(declared), apply(declared)]);

    expect(counts.map(({ declared: made }) => made).sort()).toEqual([0, 0, 2]);
    expect(await audit()).toHaveLength(2);
  });

  it.each([
    ['changed', file({ name: 'shop', secrets: [secret(2)] })],
    ['removed', file()],
  ] as const)('are %s after whoever encrypts their secrets anew', async (what, declared) => {
    await apply(file({ name: 'shop' }));
    const other = await stack.pool.connect();
    await other.query('begin');
    await other.query('select from subscriptions for no key update');
    const applied = apply(declared);
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await until(async () => (await stack.rows(waiting)).length > 0, { what: 'a wait for the subscription' });

    const { rowCount } = await other.query('select from subscription_secrets for update');

    await other.query('commit');
    other.release();
    expect(rowCount).toBe(1);
    await expect(applied).resolves.toMatchObject({ [what]: 1 });
  });

  it('wait for PostgreSQL when it is away at that moment', async () => {
    let away = 1;
    const pool = new Proxy(stack.pool, {
      get: (target, name) =>
        name === 'connect' && away-- > 0
          ? () => Promise.reject(new Error('connection refused'))
          : (Reflect.get(target, name) as unknown),
    });

    await applyWhenUp(
      file({ name: 'shop' }),
      { ...stack, pool, sealer: new Sealer([KEY]) },
      new AbortController().signal,
    );

    expect(stack.log.lines.map(({ message }) => message)).toEqual(['subscriptions.wait', 'subscriptions.applied']);
  });
});
